/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. Positions are pixels of the reference scene, corners at integers, unless said;
 * a map is a 3 x 3 row-major matrix from the reference's pixels to the scene's, so that it feeds rv__resample as is. */
#ifndef RV_ALIGN_ALIGN_INTERNAL_H
#define RV_ALIGN_ALIGN_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <revisit/align.h>

#include "align/texture.h"
#include "base/vec.h"

/* ---- matrix.c: 3 x 3 row-major ---- */

void rv__mat_identity(double m[9]);
void rv__mat_multiply(double out[9], const double a[9], const double b[9]); /* out may be a or b */
void rv__mat_point(double out[2], const double m[9], double x, double y);
/** Local linear part of m at (x, y): d out / d (x, y). */
void rv__mat_jacobian(double out[4], const double m[9], double x, double y);
/** a * diag(sx, sy, 1) on the right: the map for input pixels that are s times as large. */
void rv__mat_prescale(double out[9], const double a[9], double sx, double sy);

/* ---- view.c: the working band of a scene ---- */

/** The bands that make the working band of a scene. */
typedef struct rv__bands {
    int n;
    int index[RV_BANDS_MAX];
    double soft[RV_BANDS_MAX]; /* added before the logarithm: a twentieth of the frame's median; set by rv__view_new */
} rv__bands;

/** The visible bands of a scene, or what it has. */
void rv__bands_visible(rv__bands *out, const rv_scene *scene);
/** The same bands, whatever is added before the logarithm? */
bool rv__bands_same(const rv__bands *a, const rv__bands *b);
/** Of the bands of two scenes those whose role both have; both as they are when there is none. */
void rv__bands_meet(rv__bands out[2], const rv__bands *a, const rv__bands *b, const rv_scene *scenes[2]);
/** Blue, green, red and near infrared that both scenes have, in the same order; else the visible ones of each. */
void rv__bands_common(rv__bands *scene, rv__bands *reference, const rv_scene *s, const rv_scene *r);

typedef struct rv__view {
    size_t width, height; /* of the reduced frame */
    int factor;           /* scene px a side of a view px */
    float *v;             /* mean over the bands of ln(value + soft); 0 where invalid */
    uint8_t *ok;
    double contrast; /* standard deviation of v over valid px */
    double valid_share;
} rv__view;

/** Whole frame, box-averaged to at most side_max px a side, read strip by strip. */
int rv__view_new(rv__view *out, const rv_scene *scene, rv__bands *bands, int side_max);
void rv__view_release(rv__view *view);

/** Full-resolution window (col0, row0, width, height) of the working band; may reach outside. */
int rv__view_window(float *v, uint8_t *ok, const rv_scene *scene, const int window[4], const rv__bands *bands);

/* ---- correlate.c: two windows to a correlation surface ---- */

enum { RV__ZOOM = 33, RV__ZOOM_RATE = 4 }; /* samples a side of a zoomed surface; samples a px */

typedef struct rv__correlator rv__correlator; /* one thread at a time */

/** Planes of width * height px, powers of two, of which the taper opens the first used_w * used_h. */
int rv__correlator_new(rv__correlator **out, size_t width, size_t height, size_t used_w, size_t used_h);
/** The same with another texture than the gradient. */
int rv__correlator_new_kind(rv__correlator **out, rv__texture_kind kind, const size_t size[2], const size_t used[2]);
void rv__correlator_free(rv__correlator *c);

/** Buffers for the caller to fill: reference and moving plane, width * height each, and one validity for both. */
float *rv__correlator_plane(rv__correlator *c, int which);
uint8_t *rv__correlator_valid(rv__correlator *c);

/**
 * Texture of both planes (by default the clipped gradient magnitude), taper, normalised cross-power spectrum.
 *
 * @return RV_OK, RV_ERR_NOMEM; RV_ERR_NODATA (no sentence set) when less than share_min is valid or there is no texture
 */
int rv__correlate(rv__correlator *c, double clip_quantile, double share_min);

typedef struct rv__peak {
    double d[2];   /* the moving plane shows the reference's point x at x + d, px */
    double height; /* 1 = same picture */
    double second; /* largest height more than 3 px away, within the search radius */
    double sd;     /* of the surface within the radius, peak left out */
} rv__peak;

/** Highest point within |d| <= radius (x, y), to a pixel; surface (optional) gets (2 rx + 1) (2 ry + 1) samples. */
void rv__correlate_search(rv__correlator *c, rv__peak *out, const int radius[2], float *surface);

/** Surface around centre at 1 / RV__ZOOM_RATE px by the matrix-multiply transform, RV__ZOOM^2 samples. */
void rv__correlate_zoom(rv__correlator *c, float *out, const double centre[2]);

/** The weighted cross spectrum of the last rv__correlate, as rv__fft_forward lays it out. */
const float *rv__correlator_spectrum(const rv__correlator *c);

/* ---- surface.c: a zoomed surface as a smooth function ---- */

/** Value, and gradient if wanted, at (dx, dy) px from the centre; 0 outside. */
double rv__surface_at(const float *surface, double dx, double dy, double gradient[2]);
/** Highest point of the surface. */
void rv__surface_peak(const float *surface, double d[2], double *height);

/* ---- sun.c: the pull of shadows ---- */

enum { RV__BLOCKS = 16 };

/** Sums of cross spectra of the windows of each block of the frame, whose scatter tells how sure the sum is. */
typedef struct rv__spectra {
    size_t width, height; /* of a window */
    size_t block;         /* floats a block */
    float *v;             /* RV__BLOCKS blocks, or NULL */
} rv__spectra;

/** What one pair says about the pull. */
typedef struct rv__sun {
    double kappa, sigma; /* strength of the pull and its uncertainty; sigma infinite when nothing is said */
    double per_kappa[2]; /* px by which the ground's displacement differs from the match, per unit of kappa */
} rv__sun;

/** Shadow of a unit of height, scene minus reference, in px of the reference. @return false when a sun is not known */
bool rv__sun_difference(double ds[2], const rv_scene *scene, const rv_scene *reference);
/** Is the difference of the shadows so small that it pulls nothing? */
bool rv__suns_alike(const double ds[2]);
/** Displacement and pull that bend the phase of the spectra as found. @return false when they say nothing */
bool rv__sun_estimate(rv__sun *sun, const rv__spectra *s, const double ds[2]);
/** Strengths of a site's pairs, each pulled towards their mean by as much as it is unsure; sigma is then what is left. */
void rv__sun_pool(rv__sun *const *sun, size_t n);

/* ---- ties.c: windows on the common area ---- */

typedef struct rv__tie {
    double col, row;                    /* centre of the window, reference px */
    double weight;                      /* share of valid px; 0 = not used */
    rv__peak coarse;                    /* level px */
    double d[2];                        /* own peak of the surface, reference px */
    double height;                      /* of that peak */
    float surface[RV__ZOOM * RV__ZOOM]; /* about the zoom's centre; one sample is level / RV__ZOOM_RATE reference px */
} rv__tie;

typedef struct rv__ties {
    rv__tie *v;
    size_t n;
    int level;           /* reference px a side of a window's px */
    int window;          /* px */
    double step;         /* between centres, reference px */
    double area[4];      /* col0, row0, col1, row1 of the common area, reference px */
    int used;            /* windows that could be correlated */
    int radius;          /* of the search, level px */
    double *stack;       /* sum of the search surfaces, (2 radius + 1)^2; NULL after a zoom */
    rv__spectra spectra; /* after a zoom at full resolution: windows that agree with the map, by blocks */
} rv__ties;

typedef struct rv__pair {
    const rv_scene *scene, *reference;
    rv__bands bands[2]; /* of the scene, of the reference */
    int window;         /* wanted size, px */
    int windows_max;
    double clip_quantile;
    rv__texture_kind texture;
} rv__pair;

/** Frame of the reference cut to the bounding box of the scene's frame seen in it. @return false when nothing is left */
bool rv__common_area(double area[4], const rv__pair *pair, const double map[9]);

/**
 * Correlate the windows of a grid under a map. zoom false: coarse peaks only; true: surfaces about displacement 0.
 *
 * @param level     1 = full resolution
 */
int rv__ties_new(rv__ties *out, const rv__pair *pair, const double map[9], int level, bool zoom);
void rv__ties_release(rv__ties *ties);
/** Windows that fit side by side into the common area: the number of independent ones. */
double rv__ties_apart(const rv__ties *ties);

/* ---- coarse.c: whole frames ---- */

typedef struct rv__frames {
    rv__view scene, reference;
} rv__frames;

/** Move map by the shift between the frames. z is the peak's height in standard deviations, 0 when there was none. */
int rv__coarse_shift(double map[9], double *z, const rv__frames *frames, const rv__pair *pair, double max_shift_px);

/* ---- keypoints.c and recognise.c: pictures whose frames are turned, zoomed and tilted ---- */

enum { RV__DESCRIPTOR = 128 };

typedef struct rv__keypoint {
    double x, y;     /* view px */
    double sigma;    /* size, view px */
    double angle;    /* of its gradients, radians from the column axis towards falling rows */
    double strength; /* standard deviations of the view */
    float descriptor[RV__DESCRIPTOR];
} rv__keypoint;

typedef RV__VEC(rv__keypoint) rv__keypoints; /* rv__free(v) */

/** The strongest keypoints of a view, at most most. */
int rv__keypoints_find(rv__keypoints *out, const rv__view *view, size_t most);

/** Projective map from a's view to b's by what is seen alone. fits: pairs it rests on; 0 = none found, map kept. */
int rv__recognise_keypoints(double map[9], int *fits, const rv__keypoints *a, const rv__keypoints *b);

/** The same between the frames' scenes, reference px to scene px. */
int rv__recognise(double map[9], int *fits, const rv__frames *frames);

/* ---- ransac.c and fit.c: from ties to a model ---- */

/** Displacement field d(x, y), linear in p: SHIFT 2, SIMILARITY 4, AFFINE 6, HOMOGRAPHY 8 parameters. */
typedef enum rv__model { RV__SHIFT, RV__SIMILARITY, RV__AFFINE, RV__HOMOGRAPHY } rv__model;
enum { RV__PARAMS_MAX = 8 };

typedef struct rv__field {
    rv__model model;
    double p[RV__PARAMS_MAX];
    double origin[2], unit; /* x = (col - origin[0]) / unit */
} rv__field;

int rv__model_params(rv__model model);
void rv__field_row(double jx[RV__PARAMS_MAX], double jy[RV__PARAMS_MAX], const rv__field *f, double col, double row);
void rv__field_at(double d[2], const rv__field *f, double col, double row);
/** Matrix of x -> x + d(x). */
void rv__field_matrix(double m[9], const rv__field *f);
/** Covariance xx, xy, yy of the displacement at a place from the k * k one of the parameters. */
void rv__field_cov(double out[3], const rv__field *f, const double *cov, double col, double row);
/** The same field in the parameters of a richer model. */
rv__field rv__field_enrich(const rv__field *f, rv__model model);

/** Affine field that most coarse peaks agree with, within tolerance reference px, and how many do. */
void rv__ransac(rv__field *f, int *agree, const rv__ties *ties, double tolerance, uint64_t seed);

typedef struct rv__fit {
    rv__field field;
    double cov[RV__PARAMS_MAX * RV__PARAMS_MAX];
    double score;  /* mean height at the solution */
    double z;      /* of the stacked peak against the surface around it */
    double spread; /* robust spread of the windows' own peaks about the field, px */
    int agree;     /* windows whose own peak lies within a px */
    int used;
} rv__fit;

/** Maximise the sum of the ties' surfaces over the field's parameters, from f; covariance by the sandwich. */
int rv__fit_surfaces(rv__fit *out, const rv__field *start, const rv__ties *ties);

/** Are the parameters from first on significant (Wald's test), and do they move a corner by enough to matter? */
bool rv__fit_needs(const rv__fit *fit, const rv__ties *ties, int first);

/* ---- oriented.c: a second look ---- */

/**
 * Join what the directions of gradients say of the field under map, to full resolution, to what its fit says.
 *
 * @param fit  affine at most
 * @param sun  its pull becomes that of both together
 * @param ds   rv__sun_difference, or NULL where a sun is not known
 */
int rv__oriented_join(rv__fit *fit, rv__sun *sun, const rv__pair *pair, const double map[9], const double *ds);

/* ---- pair.c: one scene against another ---- */

/** What is known of a scene's place in another. Maps are from the other's (the reference's) px to the scene's. */
typedef struct rv__match {
    double start[9], map[9]; /* by georeference, and as found */
    double area[4];          /* in common, reference px */
    rv__fit fit;             /* the last one: its field is part of the map, its covariance that of the map */
    rv__bands bands[2];      /* of the scene, of the reference */
    rv__sun sun;
    double pull[2]; /* of shadows, taken out of the map, reference px */
    size_t through; /* scene by way of which it was matched; itself = directly */
    bool trusted;
    char why[RV_WHY_MAX];
} rv__match;

/** The frame of a reference that many scenes are matched to. */
typedef struct rv__frame_cache {
    rv__view view;
    rv__bands bands;
} rv__frame_cache;

/** Find a scene in the reference. What cannot be matched is no error: out->trusted is false and out->why says why. */
int rv__match_scenes(rv__match *out, const rv_scene *scene, const rv_scene *reference, const rv_align_opts *o,
                     rv__frame_cache *cache);
/** Measure once more under a map that is right to a px or two. bands: of both, with what is added to them. */
int rv__match_again(rv__match *out, const rv_scene *scene, const rv_scene *reference, const rv__bands bands[2],
                    const double map[9], const rv_align_opts *o);

/** Where the middle of the common area lies against what the georeference says, px. @return false when a map is singular */
bool rv__match_shift(double shift[2], const rv__match *match);
/** map after the field's displacement. */
void rv__map_compose(double map[9], const rv__field *field);

/* ---- bundle.c: all pairs of a series to one consistent set ---- */

enum { RV__LINEAR = 6 }; /* parameters of an affine displacement field */

/** Pair a, b says: e_b - e_a = r, with covariance. -1 is the reference, whose e is 0. */
typedef struct rv__link {
    int a, b;
    double r[RV__LINEAR];
    double cov[RV__LINEAR * RV__LINEAR];
} rv__link;

/** What was believed of one unknown's scale, turn and strains before anything was measured: each centre +- sd. */
typedef struct rv__belief {
    double centre[4], sd; /* sd 0 = nothing */
} rv__belief;

typedef struct rv__network {
    const rv__link *links; /* m */
    size_t m;
    const rv__belief *beliefs; /* n */
    size_t n;                  /* scenes besides the reference, at most RV__NETWORK_MAX */
} rv__network;

enum { RV__NETWORK_MAX = 682 }; /* six unknowns a scene in one dense system of 4096 */

/**
 * Fields e of the scenes, robustly.
 *
 * @param e      n * 6
 * @param cov    n * 36
 * @param excess root of the mean squared residual in sigmas where there are more links than unknowns; else 1
 */
int rv__bundle(double *e, double *cov, double *excess, const rv__network *net);

/* ---- bend.c: a smooth field beside the matrix ---- */

/** Text of the field that windows prove under the match's map, "" where they prove none; its variance at the middle, px^2. */
int rv__bend_find(char text[RV_BEND_MAX], double *var, const rv__match *match, const rv_scene *scene,
                  const rv_scene *reference, const rv_align_opts *o);

/* ---- reference.c ---- */

/** Of a scene's acquisition, UTC seconds; an open end gives way to the closed one, and no date at all is 0. */
double rv__middle_of_period(const rv_scene *scene);

/* ---- series.c ---- */

/** rv_align_series with options that were checked. */
int rv__align_all(rv_transform *rows, rv_scene *const *scenes, size_t n, size_t reference, const rv_align_opts *o);

#endif
