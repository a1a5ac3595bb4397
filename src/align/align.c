/* SPDX-License-Identifier: Apache-2.0 */
/* Transform of one scene to the reference: georeference, whole frame, windows, fit. See docs/methods/align.md.
 *
 * The map is refined in passes, each of which reads the windows under the map of the pass before: a search for shifts of
 * up to a quarter window, then two fits. The first fit chooses the model, the second one only sharpens it, so that the
 * covariance belongs to all parameters that were chosen.
 */
#include "align/align_internal.h"

#include "base/error.h"
#include "geo/crs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FRAME_SIDE = 512, SIGHT_SIDE = 1024, SEARCH_WINDOWS = 64, FIRST_WINDOWS = 100, FIT_WINDOWS = 225 };

/* Worst residual of the map between two coordinate systems. */
static const double START_PX = .25;
/* Significance of the stacked peak. */
static const double Z_MIN = 5.0;
/* Share of windows whose peak is within a px of anything by chance, pi / 7^2; share that must agree; and standard
 * deviations above chance that serve instead of a clear stacked peak, where relief smears it. */
static const double CHANCE = .064, AGREE_SHARE = .12, AGREE_Z = 5;
static const double SIGMA_MAX_PX = 1.0;
/* What all windows share and their scatter cannot show: bands of one image that lie a tenth of a px apart, shadow edges
 * that all move with the sun. Added to the covariance; docs/methods/align.md tells where the number comes from. */
static const double SHARED_PX = .03;
/* Share of the windows that agrees from which no other viewpoint is looked for. */
static const double SETTLED_SHARE = .35;

static const rv_align_opts defaults = RV_ALIGN_OPTS_INIT;
static const char *const model_names[] = { "auto", "shift", "affine", "homography", NULL };

static const rv_field rows[] = {
    RV_STRING(rv_align_opts, reference, "ID", "scene that all others are moved to"),
    RV_ENUM(rv_align_opts, model, model_names, "transform that is fitted"),
    RV_INT(rv_align_opts, window_px, 32, 512, "px", "size of a matching window, a power of two"),
    RV_DOUBLE(rv_align_opts, max_shift_px, 0, 1e6, "px", "largest shift looked for; 0 is half the scene"),
    RV_DOUBLE(rv_align_opts, clip_quantile, .05, 1, "", "gradients are clipped at this quantile"),
};

static const rv_fields fields = { "align_opts", sizeof(rv_align_opts), &defaults, rows, sizeof rows / sizeof *rows };

/** Everything one pair goes through. */
typedef struct state {
    rv__pair pair;
    rv__frames frames;
    double start[9], map[9]; /* reference px to scene px: by georeference, and as known so far */
    rv__model least, most;   /* what may be fitted */
    rv__fit fit;
    double area[4];
    double max_shift_px;
    rv_transform *out;
} state;

const rv_fields *rv_align_fields(void)
{
    return &fields;
}

/** The scene cannot be used: say why, go on without error. */
static void refuse(rv_transform *out, const char *why)
{
    out->trusted = 0;
    snprintf(out->why, sizeof out->why, "%s", why);
}

static void compose(double map[9], const rv__field *field)
{
    double step[9];
    rv__field_matrix(step, field);
    rv__mat_multiply(map, map, step);
}

/** An empty field about the middle of the ties' area. */
static rv__field field_about(const rv__ties *ties, rv__model model)
{
    const double w = ties->area[2] - ties->area[0], h = ties->area[3] - ties->area[1];
    return (rv__field){ .model = model,
                        .origin = { ties->area[0] + .5 * w, ties->area[1] + .5 * h },
                        .unit = .5 * fmax(1, fmax(w, h)) };
}

/** Highest point of the stacked search surfaces. @return its height in standard deviations */
static double stack_peak(double d[2], const rv__ties *ties)
{
    const int side = 2 * ties->radius + 1;
    double best = -INFINITY, sum = 0, sum2 = 0;
    int at = 0, n = side * side;
    for (int i = 0; i < n; i++) {
        sum += ties->stack[i];
        sum2 += ties->stack[i] * ties->stack[i];
        if (ties->stack[i] > best) {
            best = ties->stack[i];
            at = i;
        }
    }
    d[0] = (double)(at % side - ties->radius) * ties->level;
    d[1] = (double)(at / side - ties->radius) * ties->level;
    const double sd = sqrt(fmax(sum2 / n - sum / n * (sum / n), 1e-300));
    return (best - sum / n) / sd;
}

/** Windows' own peaks within reach of a shift, among those that may vote. */
static int votes_for_shift(const rv__ties *ties, const double d[2], double tolerance)
{
    int n = 0;
    for (size_t w = 0; w < ties->n; w++)
        n += ties->v[w].weight > 0 && hypot(ties->v[w].coarse.d[0] * ties->level - d[0],
                                            ties->v[w].coarse.d[1] * ties->level - d[1]) < tolerance;
    return n;
}

/** Bring the map within reach of the fit: a shift of all windows, or the affine field that clearly more agree with. */
static int search_pass(state *s, int level)
{
    rv__ties ties = { 0 };
    rv__pair pair = s->pair;
    pair.windows_max = SEARCH_WINDOWS;
    int err = rv__ties_new(&ties, &pair, s->map, level, false), bent = 0;
    if (err < 0 || ties.used == 0) {
        rv__ties_release(&ties);
        return err;
    }
    rv__field shift = field_about(&ties, RV__SHIFT), affine = shift;
    const double z = stack_peak(shift.p, &ties);
    const int straight = votes_for_shift(&ties, shift.p, 1.5 * level);
    if (s->most > RV__SIMILARITY)
        rv__ransac(&affine, &bent, &ties, 1.5 * level, 1);
    if (bent > straight + straight / 3 + 5) {
        compose(s->map, &affine);
        s->least = s->least > RV__AFFINE ? s->least : RV__AFFINE;
    } else if (z > Z_MIN) {
        compose(s->map, &shift);
    }
    rv__ties_release(&ties);
    return RV_OK;
}

/** Fit from the least model to the richest that earns its parameters. */
static int choose_model(rv__fit *out, const rv__ties *ties, rv__model least, rv__model most)
{
    rv__fit fit, richer;
    rv__field start = field_about(ties, RV__SHIFT);
    int err = rv__fit_surfaces(&fit, &start, ties);
    for (int m = RV__SIMILARITY; err == RV_OK && m <= (int)most; m++) {
        const int before = rv__model_params(fit.field.model);
        start = rv__field_enrich(&fit.field, (rv__model)m);
        if ((err = rv__fit_surfaces(&richer, &start, ties)) < 0)
            break;
        const bool forced = m <= (int)least;
        if (forced || rv__fit_needs(&richer, ties, before))
            fit = richer;
    }
    if (err == RV_OK)
        *out = fit;
    return err;
}

static int fit_pass(state *s, int level, bool last)
{
    rv__ties ties = { 0 };
    rv__pair pair = s->pair;
    /* A tilted picture over relief needs them all from the start; reduced ones see enough with fewer. */
    pair.windows_max = level == 1 && (last || s->least >= RV__HOMOGRAPHY) ? FIT_WINDOWS : FIRST_WINDOWS;
    int err = rv__ties_new(&ties, &pair, s->map, level, true);
    if (err == RV_OK && ties.used > 0)
        err = choose_model(&s->fit, &ties, s->least, last ? s->least : s->most);
    else
        s->fit = (rv__fit){ 0 };
    if (err == RV_OK && ties.used > 0) {
        compose(s->map, &s->fit.field);
        s->least = s->fit.field.model;
        memcpy(s->area, ties.area, sizeof s->area);
    }
    rv__ties_release(&ties);
    return err;
}

/** Map of the georeference, and whether the two scenes can meet at all. @return RV_OK, 1 when refused, or an error */
static int start_map(state *s)
{
    double worst;
    const rv_grid *ref = rv_scene_grid(s->pair.reference), *mov = rv_scene_grid(s->pair.scene);
    char why[RV_WHY_MAX];
    const int err = rv__grid_map(s->start, &worst, ref, mov);
    if (err == RV_ERR_NOMEM)
        return err;
    if (err < 0) {
        refuse(s->out, rv_last_error());
        return 1;
    }
    if (rv_transform_invert(s->out->m, s->start) < 0) {
        refuse(s->out, "the georeference is singular");
        return 1;
    }
    if (worst > START_PX) {
        snprintf(why, sizeof why, "the map between the coordinate systems bends by %.2f px, more than %.2f px", worst,
                 START_PX);
        refuse(s->out, why);
        return 1;
    }
    memcpy(s->map, s->start, sizeof s->map);
    double area[4];
    if (!rv__common_area(area, &s->pair, s->map)) {
        refuse(s->out, "no overlap with the reference");
        return 1;
    }
    if (fmin(area[2] - area[0], area[3] - area[1]) < 32) {
        snprintf(why, sizeof why, "only %.0f x %.0f px in common with the reference, fewer than 32", area[2] - area[0],
                 area[3] - area[1]);
        refuse(s->out, why);
        return 1;
    }
    return RV_OK;
}

/** Standard deviations by which more windows agree than would by chance. */
static double above_chance(const rv__fit *fit)
{
    const double expected = CHANCE * fit->used;
    return (fit->agree - expected) / sqrt(fmax(1, expected * (1 - CHANCE)));
}

/** Fill the row from the last fit; trust it or say why not. */
static void conclude(state *s)
{
    static const int kinds[] = { RV_TRANSFORM_SHIFT, RV_TRANSFORM_AFFINE, RV_TRANSFORM_AFFINE,
                                 RV_TRANSFORM_HOMOGRAPHY };
    rv_transform *out = s->out;
    const rv__fit *fit = &s->fit;
    char why[RV_WHY_MAX] = "";
    double m[9], jx[RV__PARAMS_MAX], jy[RV__PARAMS_MAX], back[9], p[2], q[2];
    if (fit->used == 0) {
        refuse(out, "no texture in common with the reference");
        return;
    }
    const int k = rv__model_params(fit->field.model);
    const double col = .5 * (s->area[0] + s->area[2]), row = .5 * (s->area[1] + s->area[3]);
    rv__field_row(jx, jy, &fit->field, col, row);
    memset(out->cov_px2, 0, sizeof out->cov_px2);
    for (int i = 0; i < k; i++)
        for (int j = 0; j < k; j++) {
            out->cov_px2[0] += jx[i] * fit->cov[i * k + j] * jx[j];
            out->cov_px2[1] += jx[i] * fit->cov[i * k + j] * jy[j];
            out->cov_px2[2] += jy[i] * fit->cov[i * k + j] * jy[j];
        }
    const double fitted = sqrt(.5 * (out->cov_px2[0] + out->cov_px2[2]));
    /* Relief and oblique views move single places against any homography: the windows' spread is what one place may be off. */
    const double relief = fit->field.model == RV__HOMOGRAPHY ? fit->spread : 0;
    out->cov_px2[0] += SHARED_PX * SHARED_PX + relief * relief;
    out->cov_px2[2] += SHARED_PX * SHARED_PX + relief * relief;
    out->sigma_px = sqrt(.5 * (out->cov_px2[0] + out->cov_px2[2]));
    out->kind = kinds[fit->field.model];
    out->residual_px = fit->spread;
    out->ties = fit->agree;
    if (rv_transform_invert(m, s->map) < 0 || rv_transform_invert(back, s->start) < 0) {
        refuse(out, "the transform found is singular");
        return;
    }
    memcpy(out->m, m, sizeof m);
    rv__mat_point(p, s->map, col, row);
    rv__mat_point(q, back, p[0], p[1]);
    out->shift_px[0] = col - q[0];
    out->shift_px[1] = row - q[1];
    if (fit->agree < 4 || fit->agree < AGREE_SHARE * fit->used)
        snprintf(why, sizeof why, "only %d of %d windows agree", fit->agree, fit->used);
    else if (!(fit->z > Z_MIN) && !(above_chance(fit) > AGREE_Z))
        snprintf(why, sizeof why, "match not above chance: peak of %.1f sd, less than %.1f", fit->z, Z_MIN);
    else if (!isfinite(fitted))
        snprintf(why, sizeof why, "the match has no clear maximum");
    else if (!(fitted < SIGMA_MAX_PX))
        snprintf(why, sizeof why, "uncertain by %.2f px, more than %.2f", fitted, SIGMA_MAX_PX);
    else if (s->max_shift_px > 0 && hypot(out->shift_px[0], out->shift_px[1]) > s->max_shift_px)
        snprintf(why, sizeof why, "shift of %.1f px, more than max_shift_px %.1f",
                 hypot(out->shift_px[0], out->shift_px[1]), s->max_shift_px);
    if (why[0])
        refuse(out, why);
}

/** From the map at hand to a verdict; level > 1: by way of reduced windows, which see further. */
static int refine(state *s, int level)
{
    int err;
    if (level > 1 && ((err = search_pass(s, level)) < 0 || (err = fit_pass(s, level, true)) < 0))
        return err;
    if ((err = search_pass(s, 1)) < 0 || (err = fit_pass(s, 1, false)) < 0)
        return err;
    const bool hopeless = !(s->fit.z > Z_MIN) && above_chance(&s->fit) < 1;
    if (!hopeless && (err = fit_pass(s, 1, true)) < 0)
        return err;
    conclude(s);
    return RV_OK;
}

/** Forget the verdict, not the names. */
static void start_over(state *s)
{
    s->out->trusted = 1;
    s->out->why[0] = '\0';
}

/** Pictures without a georeference: the frames may be turned, zoomed and tilted against each other. */
static int match_by_sight(state *s)
{
    int fits, err;
    const rv_transform before = *s->out;
    const int agreed = s->fit.agree;
    rv__view_release(&s->frames.reference);
    rv__view_release(&s->frames.scene);
    if ((err = rv__view_new(&s->frames.reference, s->pair.reference, SIGHT_SIDE)) < 0 ||
        (err = rv__view_new(&s->frames.scene, s->pair.scene, SIGHT_SIDE)) < 0 ||
        (err = rv__recognise(s->map, &fits, &s->frames)) < 0)
        return err;
    if (fits == 0)
        return RV_OK;
    start_over(s);
    s->least = s->most;
    err = refine(s, 2);
    if (before.trusted && (!s->out->trusted || s->fit.agree < agreed))
        *s->out = before;
    return err;
}

static int match(state *s, const rv_align_opts *o)
{
    const bool georeferenced = rv_scene_grid(s->pair.reference)->crs[0] != '\0';
    static const rv__model most[] = { RV__AFFINE, RV__SHIFT, RV__AFFINE, RV__HOMOGRAPHY };
    double z;
    int err;
    s->most = o->model == 0 && !georeferenced ? RV__HOMOGRAPHY : most[o->model];
    s->least = o->model == 0 ? RV__SHIFT : s->most;
    if ((err = rv__view_new(&s->frames.reference, s->pair.reference, FRAME_SIDE)) < 0 ||
        (err = rv__view_new(&s->frames.scene, s->pair.scene, FRAME_SIDE)) < 0)
        return err;
    s->pair.soft[0] = s->frames.scene.soft;
    s->pair.soft[1] = s->frames.reference.soft;
    if (s->frames.scene.contrast <= 0 || s->frames.reference.contrast <= 0) {
        refuse(s->out, s->frames.scene.contrast <= 0 ? "no texture" : "no texture in the reference");
        return RV_OK;
    }
    const int factor = s->frames.reference.factor, level = factor > 16 ? factor / 8 : 1;
    if ((err = rv__coarse_shift(s->map, &z, &s->frames, &s->pair, o->max_shift_px)) < 0 || (err = refine(s, level)) < 0)
        return err;
    if (!georeferenced && s->most == RV__HOMOGRAPHY)
        return s->out->trusted && s->fit.agree > SETTLED_SHARE * s->fit.used ? RV_OK : match_by_sight(s);
    if (s->out->trusted || z <= 0)
        return RV_OK;
    /* Clouds can match clouds: believe the georeference instead. */
    memcpy(s->map, s->start, sizeof s->map);
    s->least = o->model == 0 ? RV__SHIFT : s->most;
    start_over(s);
    return refine(s, level);
}

int rv_align(rv_transform *out, const rv_scene *scene, const rv_scene *reference, const rv_align_opts *opts)
{
    const rv_align_opts o = opts ? *opts : (rv_align_opts)RV_ALIGN_OPTS_INIT;
    rv_transform found;
    int err = rv_fields_check(&fields, &o);
    if (err < 0)
        return err;
    if ((o.window_px & (o.window_px - 1)) != 0)
        return rv__fail(RV_ERR_RANGE, "window_px must be a power of two, not %d", o.window_px);
    rv_transform_identity(&found);
    found.trusted = 1;
    snprintf(found.scene_id, sizeof found.scene_id, "%s", rv_scene_facts(scene)->id);
    snprintf(found.reference_id, sizeof found.reference_id, "%s", rv_scene_facts(reference)->id);
    state s = {
        .pair = { .scene = scene, .reference = reference, .window = o.window_px, .clip_quantile = o.clip_quantile },
        .max_shift_px = o.max_shift_px,
        .out = &found
    };
    if ((err = start_map(&s)) == RV_OK)
        err = match(&s, &o);
    err = err > 0 ? RV_OK : err;
    rv__view_release(&s.frames.scene);
    rv__view_release(&s.frames.reference);
    if (err == RV_OK)
        *out = found;
    return err;
}
