/* SPDX-License-Identifier: Apache-2.0 */
/* What a score is made of, read from truth files, structure files, cases and rasters. */
#ifndef RV_STEPS_SCORE_READ_H
#define RV_STEPS_SCORE_READ_H

#include <revisit/score.h>
#include <revisit/transform.h>

#include "base/json.h"
#include "raster/raster.h"
#include "score/families.h"
#include "score/metrics.h"

/** One image: how its pixels lie on the reference's. */
typedef struct rv__frame {
    char id[RV_ID_MAX];
    double time; /* NAN = unknown */
    bool has_map, trusted, cloudy;
    double m[9];
    char bend[RV_BEND_MAX]; /* of a found transform, as it keeps it */
    double sigma_px;
    double sun_elevation_deg; /* NAN = unknown */
    char mask[RV_PATH_MAX];   /* of a case: its mask, "" = none */
} rv__frame;

typedef struct rv__frames {
    char reference[RV_ID_MAX]; /* "" = unknown */
    rv__frame *v;              /* in order of time, then id */
    size_t n, cap;
} rv__frames;

const rv__frame *rv__frame_find(const rv__frames *frames, const char *id); /* NULL = none, as for a NULL id */

/** Structures as they stand in a file or case, outlines in its own coordinates. */
typedef struct rv__score_file {
    const char *path; /* borrowed */
    rv__things things;
    rv__frames frames;
    bool lonlat;  /* else pixels of the reference */
    rv_grid grid; /* width 0 = not told */
    bool masked;  /* masks were given, though not of every frame */
    double gsd_m; /* pixel size, where the grid is not told; 0 = unknown */
} rv__score_file;

void rv__score_file_release(rv__score_file *file);

/** Read GeoJSON; frames: of the truth, by which a finding's images get their times; NULL: the file is the truth. */
int rv__score_file_read(rv__score_file *out, const char *path, const rv__frames *frames);
/** {"reference", "frames"} of a root object; file order becomes order of time. */
int rv__score_frames_read(rv__frames *out, const rv__json *root);
int rv__score_case_read(rv__score_file *out, const char *path, const rv__frames *frames);
/** The time that a bracket's end names, by image where it is known; *frame is its index or -1. */
double rv__score_bound(int *frame, const rv__frames *frames, const char *text, bool upper);

/** The intervals of a date set "a/b", "a/b/c/d", ... by images or times. */
void rv__score_dates(rv__thing *thing, const rv__frames *frames, const char *text);

/** Where things go: pixels of a grid, and a map after that; the grid has no CRS where pixels are all there is. */
typedef struct rv__score_place {
    rv_grid grid;
    const double *m; /* of a file whose pixels are another image's; NULL = none */
    bool repair;     /* outlines that cross themselves become their largest valid part; else they are refused */
} rv__score_place;

/** Things with outlines in pixels, the file's frames of clear view taken over. RV_ERR_FORMAT when the two cannot meet. */
int rv__score_project(rv__things *out, rv__score_file *file, const rv__score_place *to);
/** The grid of the truth's reference frame, from whoever knows it. */
int rv__score_grid(rv_grid *out, const rv__score_file *truth, const rv__score_file *found, double gsd_m);
/** RV_ERR_FORMAT when the findings are of another place than the truth. */
int rv__score_same_place(const rv__score_file *truth, const rv__score_file *found, const rv__score_input *in);

/** A whole foreign raster, with its grid. */
int rv__score_raster_read(rv__raster *out, rv_grid *grid, const char *path);
/** Share of each pixel of a box inside an outline, for the box of the outline within w x h px; NULL when that is empty. */
int rv__score_shares(float **share, rv__window *box, const rv__window *within, const rv_polygon *outline);
/** Add the share of each pixel inside an outline to a plane. */
int rv__score_burn(float *plane, size_t w, size_t h, const rv_polygon *outline);
/** Path of a file of the truth folder: "<folder of truth>/truth/<id>_mask.tif". */
int rv__score_truth_path(char out[RV_PATH_MAX], const char *truth, const char *id, const char *suffix);

int rv__score_pixels(rv__tally *t, const char **why, const rv_score_scene *scene, rv__score_file *found,
                     bool any_change);
int rv__score_pixels_of_truth(rv__tally *t, const char **why, const rv__score_file *truth, const rv__score_input *in);
int rv__score_alignment(rv__tally *t, const char **why, const rv__score_file *truth, const rv__score_file *found,
                        const rv__score_input *in);
int rv__score_case_masks(rv__tally *t, const char **why, const rv__score_file *truth, const rv__score_file *found,
                         const rv__score_input *in);

#endif
