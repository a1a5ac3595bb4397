/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file export.h
 * The case for other programs: the shapes of docs/interchange.md. Texts are made in memory, owned by the caller, freed
 * with rv_text_free.
 */
#ifndef REVISIT_EXPORT_H
#define REVISIT_EXPORT_H

#include <revisit/case.h>

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
