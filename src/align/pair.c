/* SPDX-License-Identifier: Apache-2.0 */
/* One scene against another: georeference, whole frame, windows, fit. See docs/methods/align.md.
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

enum {
    FRAME_SIDE = 512,
    SIGHT_SIDE = 1024,
    SEARCH_WINDOWS = 64,
    FIRST_WINDOWS = 100,
    FIT_WINDOWS = 225,
    AFFINE_WINDOWS = 5
};

/* Worst residual of the map between two coordinate systems. */
static const double START_PX = .25;
/* Significance of the stacked peak. */
static const double Z_MIN = 5.0;
/* Share of windows whose peak is within a px of anything by chance, pi / 7^2; share that must agree; and standard
 * deviations above chance that serve instead of a clear stacked peak, where relief smears it. */
static const double CHANCE = .064, AGREE_SHARE = .12, AGREE_Z = 5;
static const double SIGMA_MAX_PX = 1.0;
/* Share of the windows that agrees from which no other viewpoint is looked for. */
static const double SETTLED_SHARE = .35;

/* Richest model by the option. */
static const rv__model most_of[] = { RV__AFFINE, RV__SHIFT, RV__AFFINE, RV__HOMOGRAPHY };

/** Everything one pair goes through. */
typedef struct state {
    rv__pair pair;
    rv__frames frames;
    rv__model least, most; /* what may be fitted */
    bool georeferenced, by_sight;
    rv__frame_cache *cache; /* of the reference, or NULL */
    double max_shift_px;
    rv__match *out;
} state;

/** The scene cannot be used: say why, go on without error. */
static void refuse(rv__match *out, const char *why)
{
    out->trusted = false;
    snprintf(out->why, sizeof out->why, "%s", why);
}

void rv__map_compose(double map[9], const rv__field *field)
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
    int err = rv__ties_new(&ties, &pair, s->out->map, level, false), bent = 0;
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
        rv__map_compose(s->out->map, &affine);
        s->least = s->least > RV__AFFINE ? s->least : RV__AFFINE;
    } else if (z > Z_MIN) {
        rv__map_compose(s->out->map, &shift);
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

/** Linear terms cost nothing where a prior holds them (bundle.c), so the last fit gets them all. What it says of trust stays
 * that of the simpler one: six free numbers make peace among any four windows. */
static int free_linear_terms(state *s, const rv__ties *ties)
{
    rv__fit *fit = &s->out->fit, rich;
    if (!s->georeferenced || s->most < RV__AFFINE || fit->field.model >= RV__AFFINE ||
        rv__ties_apart(ties) < AFFINE_WINDOWS)
        return RV_OK;
    const rv__field start = rv__field_enrich(&fit->field, RV__AFFINE);
    const int err = rv__fit_surfaces(&rich, &start, ties);
    if (err < 0)
        return err;
    rich.z = fmin(rich.z, fit->z);
    rich.agree = rich.agree < fit->agree ? rich.agree : fit->agree;
    *fit = rich;
    return RV_OK;
}

static int fit_pass(state *s, int level, bool last)
{
    rv__ties ties = { 0 };
    rv__pair pair = s->pair;
    rv__match *out = s->out;
    double ds[2];
    const bool suns = rv__sun_difference(ds, pair.scene, pair.reference);
    /* A tilted picture over relief needs them all from the start; reduced ones see enough with fewer. */
    pair.windows_max = level == 1 && (last || s->least >= RV__HOMOGRAPHY) ? FIT_WINDOWS : FIRST_WINDOWS;
    int err = rv__ties_new(&ties, &pair, out->map, level, true);
    out->fit = (rv__fit){ 0 };
    if (err == RV_OK && ties.used > 0) {
        if (last && suns)
            rv__sun_estimate(&out->sun, &ties.spectra, ds);
        if ((err = choose_model(&out->fit, &ties, s->least, last ? s->least : s->most)) == RV_OK) {
            s->least = out->fit.field.model;
            err = last ? free_linear_terms(s, &ties) : RV_OK;
        }
        if (err == RV_OK && last && level == 1 && s->georeferenced && out->fit.field.model < RV__HOMOGRAPHY)
            err = rv__oriented_join(&out->fit, &out->sun, &pair, out->map, suns ? ds : NULL);
    }
    if (err == RV_OK && ties.used > 0) {
        rv__map_compose(out->map, &out->fit.field);
        memcpy(out->area, ties.area, sizeof out->area);
    }
    rv__ties_release(&ties);
    return err;
}

/** Map of the georeference, and whether the two scenes can meet at all. @return RV_OK, 1 when refused, or an error */
static int start_map(state *s)
{
    double worst, back[9];
    const rv_grid *ref = rv_scene_grid(s->pair.reference), *mov = rv_scene_grid(s->pair.scene);
    char why[RV_WHY_MAX];
    const int err = rv__grid_map(s->out->start, &worst, ref, mov);
    if (err == RV_ERR_NOMEM)
        return err;
    if (err < 0) {
        refuse(s->out, rv_last_error());
        return 1;
    }
    if (rv_transform_invert(back, s->out->start) < 0) {
        refuse(s->out, "the georeference is singular");
        return 1;
    }
    if (worst > START_PX) {
        snprintf(why, sizeof why, "the map between the coordinate systems bends by %.2f px, more than %.2f px", worst,
                 START_PX);
        refuse(s->out, why);
        return 1;
    }
    memcpy(s->out->map, s->out->start, sizeof s->out->map);
    double area[4];
    if (!rv__common_area(area, &s->pair, s->out->map)) {
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
static double above_chance(const rv__fit *fit, int agree)
{
    const double expected = CHANCE * fit->used;
    return (agree - expected) / sqrt(fmax(1, expected * (1 - CHANCE)));
}

bool rv__match_shift(double shift[2], const rv__match *m)
{
    double back[9], p[2], q[2];
    const double col = .5 * (m->area[0] + m->area[2]), row = .5 * (m->area[1] + m->area[3]);
    if (rv_transform_invert(back, m->map) < 0 || rv_transform_invert(back, m->start) < 0)
        return false;
    rv__mat_point(p, m->map, col, row);
    rv__mat_point(q, back, p[0], p[1]);
    shift[0] = col - q[0];
    shift[1] = row - q[1];
    return true;
}

/** Scene px a side of a reference px, by the georeference in the middle of the reference. */
static double finer_by(const rv__match *m, const rv_grid *reference)
{
    double g[4];
    rv__mat_jacobian(g, m->start, .5 * reference->width, .5 * reference->height);
    return sqrt(fabs(g[0] * g[3] - g[1] * g[2]));
}

/** Trust the last fit or say why not. */
static void judge(state *s)
{
    rv__match *out = s->out;
    const rv__fit *fit = &out->fit;
    char why[RV_WHY_MAX] = "";
    double shift[2], cov[3];
    if (fit->used == 0) {
        const double finer = finer_by(out, rv_scene_grid(s->pair.reference));
        snprintf(why, sizeof why, "its pixels are %.0f times smaller than those of the reference, more than 4", finer);
        refuse(out, finer > 4 ? why : "no texture in common with the reference");
        return;
    }
    rv__field_cov(cov, &fit->field, fit->cov, .5 * (out->area[0] + out->area[2]), .5 * (out->area[1] + out->area[3]));
    const double sigma = sqrt(.5 * (cov[0] + cov[2]));
    /* Every two parameters beyond a shift make a window agree, whatever it shows; as many again must come by themselves. */
    const int least = 2 + rv__model_params(s->least), agree = fit->agree - (rv__model_params(s->least) - 2) / 2;
    if (!rv__match_shift(shift, out))
        snprintf(why, sizeof why, "the transform found is singular");
    else if (fit->agree < least || fit->agree < AGREE_SHARE * fit->used)
        snprintf(why, sizeof why, "only %d of %d windows agree", fit->agree, fit->used);
    else if (!(fit->z > Z_MIN) && !(above_chance(fit, agree) > AGREE_Z))
        snprintf(why, sizeof why, "match not above chance: peak of %.1f sd, less than %.1f", fit->z, Z_MIN);
    else if (!isfinite(sigma))
        snprintf(why, sizeof why, "the match has no clear maximum");
    else if (!(sigma < SIGMA_MAX_PX))
        snprintf(why, sizeof why, "uncertain by %.2f px, more than %.2f", sigma, SIGMA_MAX_PX);
    else if (s->max_shift_px > 0 && hypot(shift[0], shift[1]) > s->max_shift_px)
        snprintf(why, sizeof why, "shift of %.1f px, more than max_shift_px %.1f", hypot(shift[0], shift[1]),
                 s->max_shift_px);
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
    const bool hopeless = !(s->out->fit.z > Z_MIN) && above_chance(&s->out->fit, s->out->fit.agree) < 1;
    if (!hopeless && (err = fit_pass(s, 1, true)) < 0)
        return err;
    judge(s);
    return RV_OK;
}

/** Forget the verdict, not the names. */
static void start_over(state *s)
{
    s->out->trusted = true;
    s->out->why[0] = '\0';
}

/** Pictures without a georeference: the frames may be turned, zoomed and tilted against each other. */
static int match_by_sight(state *s)
{
    int fits, err;
    const rv__match before = *s->out;
    s->by_sight = true;
    rv__view_release(&s->frames.reference);
    rv__view_release(&s->frames.scene);
    if ((err = rv__view_new(&s->frames.reference, s->pair.reference, &s->pair.bands[1], SIGHT_SIDE)) < 0 ||
        (err = rv__view_new(&s->frames.scene, s->pair.scene, &s->pair.bands[0], SIGHT_SIDE)) < 0 ||
        (err = rv__recognise(s->out->map, &fits, &s->frames)) < 0)
        return err;
    if (fits == 0)
        return RV_OK;
    start_over(s);
    s->least = s->most;
    err = refine(s, 2);
    if (before.trusted && (!s->out->trusted || s->out->fit.agree < before.fit.agree))
        *s->out = before;
    return err;
}

/** Both frames, reduced. The reference of a series is read once for all pairs that share its bands. */
static int frames_read(state *s)
{
    rv__bands *bands = s->pair.bands;
    int err = RV_OK;
    rv__bands_common(&bands[0], &bands[1], s->pair.scene, s->pair.reference);
    if (s->cache && s->cache->view.v && rv__bands_same(&s->cache->bands, &bands[1])) {
        bands[1] = s->cache->bands;
        s->frames.reference = s->cache->view;
        s->cache->view = (rv__view){ 0 };
    } else {
        err = rv__view_new(&s->frames.reference, s->pair.reference, &bands[1], FRAME_SIDE);
    }
    return err < 0 ? err : rv__view_new(&s->frames.scene, s->pair.scene, &bands[0], FRAME_SIDE);
}

/** Give the reference's frame back to the cache, unless sight has taken another size of it. */
static void frames_keep(state *s)
{
    const bool usual = s->frames.reference.v && s->frames.reference.width <= FRAME_SIDE &&
                       s->frames.reference.height <= FRAME_SIDE && !s->by_sight;
    if (s->cache && usual) {
        rv__view_release(&s->cache->view);
        s->cache->view = s->frames.reference;
        s->cache->bands = s->pair.bands[1];
        s->frames.reference = (rv__view){ 0 };
    }
    rv__view_release(&s->frames.scene);
    rv__view_release(&s->frames.reference);
}

static int match(state *s, const rv_align_opts *o)
{
    double z;
    int err;
    s->most = o->model == 0 && !s->georeferenced ? RV__HOMOGRAPHY : most_of[o->model];
    s->least = o->model == 0 ? RV__SHIFT : s->most;
    if ((err = frames_read(s)) < 0)
        return err;
    if (s->frames.scene.contrast <= 0 || s->frames.reference.contrast <= 0) {
        refuse(s->out, s->frames.scene.contrast <= 0 ? "no texture" : "no texture in the reference");
        return RV_OK;
    }
    const int factor = s->frames.reference.factor, level = factor > 16 ? factor / 8 : 1;
    if ((err = rv__coarse_shift(s->out->map, &z, &s->frames, &s->pair, o->max_shift_px)) < 0 ||
        (err = refine(s, level)) < 0)
        return err;
    if (!s->georeferenced && s->most == RV__HOMOGRAPHY)
        return s->out->trusted && s->out->fit.agree > SETTLED_SHARE * s->out->fit.used ? RV_OK : match_by_sight(s);
    if (s->out->trusted || z <= 0)
        return RV_OK;
    /* Clouds can match clouds: believe the georeference instead. */
    memcpy(s->out->map, s->out->start, sizeof s->out->map);
    s->least = o->model == 0 ? RV__SHIFT : s->most;
    start_over(s);
    return refine(s, level);
}

static state state_of(rv__match *out, const rv_scene *scene, const rv_scene *reference, const rv_align_opts *o)
{
    *out = (rv__match){ .trusted = true, .sun = { .sigma = INFINITY } };
    return (state){ .pair = { .scene = scene,
                              .reference = reference,
                              .window = o->window_px,
                              .clip_quantile = o->clip_quantile,
                              .texture = RV__TEXTURE_GRADIENT },
                    .georeferenced = rv_scene_grid(reference)->crs[0] != '\0',
                    .max_shift_px = o->max_shift_px,
                    .out = out };
}

int rv__match_scenes(rv__match *out, const rv_scene *scene, const rv_scene *reference, const rv_align_opts *o,
                     rv__frame_cache *cache)
{
    state s = state_of(out, scene, reference, o);
    s.cache = cache;
    int err = start_map(&s);
    if (err == RV_OK)
        err = match(&s, o);
    memcpy(out->bands, s.pair.bands, sizeof out->bands);
    frames_keep(&s);
    return err > 0 ? RV_OK : err;
}

int rv__match_again(rv__match *out, const rv_scene *scene, const rv_scene *reference, const rv__bands bands[2],
                    const double map[9], const rv_align_opts *o)
{
    state s = state_of(out, scene, reference, o);
    memcpy(out->map, map, sizeof out->map);
    memcpy(out->start, map, sizeof out->start);
    memcpy(s.pair.bands, bands, sizeof s.pair.bands);
    memcpy(out->bands, bands, sizeof out->bands);
    s.most = o->model == 0 ? s.georeferenced ? RV__AFFINE : RV__HOMOGRAPHY : most_of[o->model];
    s.least = s.georeferenced && o->model == 0 ? RV__SHIFT : s.most;
    const int err = fit_pass(&s, 1, true);
    if (err == RV_OK)
        judge(&s);
    return err;
}
