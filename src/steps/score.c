/* SPDX-License-Identifier: Apache-2.0 */
/* Findings against truth: read both, bring them to the same pixels, let each family of metrics count, pool the scenes. A
 * family that an input does not allow leaves a reason instead. */
#include <revisit/score.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "steps/score_read.h"

#include <math.h>
#include <string.h>

static const rv_score_opts defaults = RV_SCORE_OPTS_INIT;

static const rv_field rows[] = {
    RV_STRING(rv_score_opts, metric, "NAME,NAME", "families of metrics or single ones; default all"),
    RV_DOUBLE(rv_score_opts, iou, 0, .999, "", "a pair matches above this intersection over union"),
    RV_BOOL(rv_score_opts, any_change, "works and passing things count as change against a label too"),
    RV_STRING(rv_score_opts, reference, "ID",
              "image whose pixels the structures are in; default that of case or truth"),
    RV_DOUBLE(rv_score_opts, gsd_m, 0, 1000, "m", "pixel size where the truth states no grid; 0 is 1 m"),
    RV_INT(rv_score_opts, draws, 10, 100000, "", "draws of the bootstrap over scenes"),
    RV_INT(rv_score_opts, seed, 0, 2147483647, "", "seed of the bootstrap"),
};

static const rv_fields fields = { "score_opts", sizeof(rv_score_opts), &defaults, rows, sizeof rows / sizeof *rows };

const rv_fields *rv_score_fields(void)
{
    return &fields;
}

typedef struct scoring {
    const rv_score_opts *opts;
    bool wanted[RV__FAMILIES];
    const char *why[RV__FAMILIES]; /* no value, of the newest scene that had none */
} scoring;

static int family_of(const char *name)
{
    int i = 0;
    while (strcmp(rv_score_families()[i], name) != 0)
        i++;
    return i;
}

static int add_masks(rv__score_file *found, const char *folder)
{
    found->masked = true;
    for (size_t k = 0; k < found->frames.n; k++) {
        rv__frame *f = &found->frames.v[k];
        char name[RV_ID_MAX + 8];
        rv__text_format(name, sizeof name, "%s.tif", f->id);
        const int err = rv__path_join(f->mask, sizeof f->mask, folder, name);
        if (err < 0)
            return err;
        if (!rv__file_exists(f->mask))
            f->mask[0] = '\0';
    }
    return RV_OK;
}

static bool is_folder(const char *path)
{
    char inside[RV_PATH_MAX];
    return rv__path_join(inside, sizeof inside, path, ".") == RV_OK && rv__file_exists(inside);
}

static int read_found(rv__score_file *out, const rv_score_scene *scene, const rv__frames *frames)
{
    rv__json *root = NULL;
    int err;
    if (is_folder(scene->found))
        return rv__score_case_read(out, scene->found, frames);
    if ((err = rv__score_file_read(out, scene->found, frames)) < 0)
        return err;
    if (scene->transforms) {
        rv__free(out->frames.v);
        out->frames = (rv__frames){ 0 };
        if ((err = rv__json_load(&root, scene->transforms)) == RV_OK)
            err = rv__score_frames_read(&out->frames, root);
        if (err == RV_OK && out->frames.n == 0)
            err = rv__fail(RV_ERR_FORMAT, "%s: no frames in it", rv__path_base(scene->transforms));
        rv__json_free(root);
    }
    if (err == RV_OK && scene->masks)
        err = add_masks(out, scene->masks);
    if (err < 0)
        rv__score_file_release(out);
    return err;
}

/* Metres of shadow of a metre of height, in px, mean over the frames whose sun is told. */
static double mean_shadow(const rv__frames *frames, const rv_grid *grid)
{
    const double pi = 3.14159265358979323846;
    double sum = 0, n = 0, col_m, row_m;
    for (size_t k = 0; k < frames->n; k++) {
        if (!(frames->v[k].sun_elevation_deg > 0))
            continue;
        sum += 1 / tan(frames->v[k].sun_elevation_deg * pi / 180);
        n++;
    }
    return n > 0 && rv_grid_pixel_size_m(grid, &col_m, &row_m) == RV_OK ? sum / n / sqrt(col_m * row_m) : NAN;
}

static int frame_times(rv__score_input *in, const rv__frames *frames)
{
    in->time = rv__alloc(frames->n, sizeof *in->time);
    if (!in->time)
        return RV_ERR_NOMEM;
    for (size_t k = 0; k < frames->n && isfinite(frames->v[k].time); k++)
        in->time[in->n_frames++] = frames->v[k].time;
    return RV_OK;
}

/* A truth of other images fits in no place, though its structures may lie over those of this one. */
static int same_images(const rv__score_file *truth, const rv__score_file *found)
{
    for (size_t k = 0; k < truth->frames.n; k++)
        if (rv__frame_find(&found->frames, truth->frames.v[k].id))
            return RV_OK;
    if (truth->frames.n == 0 || found->frames.n == 0)
        return RV_OK;
    return rv__fail(RV_ERR_FORMAT, "%s tells of %zu images from %s on, and %s has none of them",
                    rv__path_base(truth->path), truth->frames.n, truth->frames.v[0].id, rv__path_base(found->path));
}

static int prepare(rv__score_input *in, rv__score_file *truth, rv__score_file *found, const rv_score_opts *o)
{
    rv__score_place to = { .m = NULL }, from;
    int err;
    if ((err = same_images(truth, found)) < 0 || (err = rv__score_grid(&to.grid, truth, found, o->gsd_m)) < 0)
        return err;
    from = to;
    const char *reference = o->reference ? o->reference : found->frames.reference;
    const rv__frame *frame = rv__frame_find(&truth->frames, reference);
    if (o->reference && !frame)
        return rv__fail(RV_ERR_RANGE, "reference: the truth has no frame %s", o->reference);
    from.m = frame && frame->has_map ? frame->m : NULL;
    from.repair = true;
    in->width = to.grid.width;
    in->height = to.grid.height;
    in->sun_cot_px_m = mean_shadow(&truth->frames, &to.grid);
    if ((err = frame_times(in, &truth->frames)) < 0 || (err = rv__score_project(&in->truth, truth, &to)) < 0 ||
        (err = rv__score_project(&in->found, found, &from)) < 0 || (err = rv__score_same_place(truth, found, in)) < 0)
        return err;
    return rv__score_match(in, o->iou);
}

static int score_structures(rv__tally *t, scoring *job, const rv__score_input *in)
{
    const bool *wanted = job->wanted;
    int err = RV_OK;
    if (wanted[family_of("object")])
        rv__score_object(t, in);
    if (err == RV_OK && wanted[family_of("shape")])
        err = rv__score_shape(t, in);
    if (err == RV_OK && wanted[family_of("scot")])
        err = rv__score_scot(t, in);
    if (err == RV_OK && wanted[family_of("date")])
        err = rv__score_date(t, in);
    if (err == RV_OK && wanted[family_of("interval")])
        err = rv__score_interval(t, in);
    if (wanted[family_of("ratio")])
        rv__score_ratio(t, in);
    if (err == RV_OK && wanted[family_of("height")])
        err = rv__score_height(t, in);
    if (wanted[family_of("class")])
        rv__score_class(t, in);
    if (wanted[family_of("probability")])
        rv__score_probability(t, in);
    if (wanted[family_of("alarm")] && !rv__score_alarm(t, in))
        job->why[family_of("alarm")] = "the truth has changes: the law is tested where nothing happened";
    return err < 0 ? err : t->err;
}

static int score_images(rv__tally *t, scoring *job, const rv_score_scene *scene, rv__score_file file[2],
                        const rv__score_input *in)
{
    const rv__score_file *truth = &file[0], *found = &file[1];
    int err = RV_OK;
    if (job->wanted[family_of("pixel")] && !scene->label)
        err = rv__score_pixels_of_truth(t, &job->why[family_of("pixel")], truth, in);
    if (err == RV_OK && job->wanted[family_of("registration")])
        err = rv__score_alignment(t, &job->why[family_of("registration")], truth, found, in);
    if (err == RV_OK && job->wanted[family_of("mask")])
        err = rv__score_case_masks(t, &job->why[family_of("mask")], truth, found, in);
    return err;
}

static int score_scene(rv__tally *t, scoring *job, const rv_score_scene *scene)
{
    rv__score_file file[2] = { { 0 } };
    rv__score_input in = { 0 };
    const rv__frames none = { 0 };
    int err = RV_OK;
    if (scene->truth)
        err = rv__score_file_read(&file[0], scene->truth, NULL);
    if (err == RV_OK)
        err = read_found(&file[1], scene, scene->truth ? &file[0].frames : &none);
    if (err == RV_OK && scene->label && job->wanted[family_of("pixel")])
        err = rv__score_pixels(t, &job->why[family_of("pixel")], scene, &file[1], job->opts->any_change);
    if (err == RV_OK && scene->truth && (err = prepare(&in, &file[0], &file[1], job->opts)) == RV_OK &&
        (err = score_structures(t, job, &in)) == RV_OK)
        err = score_images(t, job, scene, file, &in);
    for (int k = 0; !scene->truth && k < RV__FAMILIES; k++)
        if (k != family_of("pixel"))
            job->why[k] = "a label tells pixels alone";
    rv__score_input_release(&in);
    rv__score_file_release(&file[0]);
    rv__score_file_release(&file[1]);
    return err < 0 ? err : t->err;
}

static int make_rows(rv_scores *out, const scoring *job, const bool *wanted, const rv__tally *tally, size_t n)
{
    rv__bootstrap bootstrap;
    int err = rv__bootstrap_init(&bootstrap, job->opts->draws, job->opts->seed, n);
    for (size_t i = 0; err == RV_OK && i < rv__n_metrics; i++)
        if (wanted[i])
            err = rv__score_rows(out, &rv__metrics[i], tally, n, &bootstrap, job->why[rv__metrics[i].family]);
    rv__bootstrap_release(&bootstrap);
    return err;
}

static int check_scenes(const rv_score_scene *scenes, size_t n)
{
    if (n == 0)
        return rv__fail(RV_ERR_RANGE, "there is no scene to score");
    for (size_t s = 0; s < n; s++)
        if ((!scenes[s].truth && !scenes[s].label) || !scenes[s].found)
            return rv__fail(RV_ERR_RANGE, "scene %zu needs a truth or a label, and a case or structures", s + 1);
    return RV_OK;
}

int rv_score(rv_scores *out, const rv_score_scene *scenes, size_t n, const rv_score_opts *opts)
{
    const rv_score_opts o = opts ? *opts : defaults;
    scoring job = { .opts = &o };
    rv_scores made = { 0 };
    int err;
    if ((err = rv_fields_check(&fields, &o)) < 0 || (err = check_scenes(scenes, n)) < 0)
        return err;
    bool *wanted = rv__alloc(rv__n_metrics, sizeof *wanted);
    rv__tally *tally = rv__alloc(n, sizeof *tally);
    err = wanted && tally ? rv__metrics_wanted(wanted, o.metric) : RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < rv__n_metrics; i++)
        job.wanted[rv__metrics[i].family] = job.wanted[rv__metrics[i].family] || wanted[i];
    for (size_t s = 0; err == RV_OK && s < n; s++)
        if ((err = rv__progress("scoring", (double)s / (double)n)) == RV_OK)
            err = score_scene(&tally[s], &job, &scenes[s]);
    if (err == RV_OK)
        err = make_rows(&made, &job, wanted, tally, n);
    for (size_t s = 0; tally && s < n; s++)
        rv__tally_release(&tally[s]);
    rv__free(tally);
    rv__free(wanted);
    if (err < 0)
        rv_scores_release(&made);
    else
        *out = made;
    return err;
}
