/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file export.h
 * The case for other programs: the shapes of docs/interchange.md. Texts are made in memory, owned by the caller, freed
 * with rv_text_free.
 */
#ifndef REVISIT_EXPORT_H
#define REVISIT_EXPORT_H

#include <revisit/case.h>
#include <revisit/stack.h>

#ifdef __cplusplus
extern "C" {
#endif

RV_API void rv_text_free(char *text);

/** Structures as an RFC 7946 FeatureCollection (lon/lat; reference pixels and "crs_less": true without a CRS). */
RV_API int rv_export_structures(char **out, rv_case *c);

/** {"reference": id, "frames": {...}} */
RV_API int rv_export_transforms(char **out, rv_case *c);

/** One mask GeoTIFF a frame into a folder. */
RV_API int rv_export_masks(rv_case *c, const char *folder);

/** The same for the weights of the pixels in percent, 255 outside (rv_stack_read_weight). */
RV_API int rv_export_weights(rv_case *c, const char *folder);

typedef struct rv_flicker_opts {
    bool flicker; /* pictures to flip between, beside the GeoTIFFs. Default false */
    const char *
        at; /* "col,row": centre of the place they show, px of the reference. Default NULL: much texture near the site's centre */
    int crop_px; /* side of the place. Default 512 */
} rv_flicker_opts;
#define RV_FLICKER_OPTS_INIT \
    {                        \
        false, NULL, 512     \
    }

RV_API const rv_fields *rv_flicker_fields(void);

/**
 * The images of the current align run on the reference's grid, each interpolated once: a GeoTIFF a frame, <scene id>.tif, in
 * the type and scale of the scene's own samples (rv_stack_write). Frames that are not trusted are left out.
 *
 * With flicker also PNGs of one place, on the grid and on the tones of the reference: <reference id>.png, and of each other
 * frame <id>.before.png, where its georeference puts it, and <id>.after.png, as aligned.
 *
 * @param write NULL for the defaults, as flicker
 * @return      RV_OK; RV_ERR_STATE before align; RV_ERR_RANGE for a place outside the reference
 */
RV_API int rv_export_aligned(rv_case *c, const char *folder, const rv_stack_write_opts *write,
                             const rv_flicker_opts *flicker);

/** JSON array of the rows of one kind: "scenes" "gains" "measurements" "budget" "gcps" "places" "runs" "structures". */
RV_API int rv_export_rows(char **out, rv_case *c, const char *kind);

/** truth.gpkg of a drawn site (rv_simulate) from its truth.geojson: layers "roofs" and "walls". */
RV_API int rv_export_truth(const char *folder);

/** Write case.gpkg and reports/structures.geojson anew. */
RV_API int rv_export_refresh(rv_case *c);

#ifdef __cplusplus
}
#endif
#endif
