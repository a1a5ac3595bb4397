/* SPDX-License-Identifier: Apache-2.0 */
/* revisit run: from images to a report in one go. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

typedef struct run_opts {
    const char *out, *site, *outline;
} run_opts;

static const rv_fields *run_fields(void)
{
    static const run_opts defaults = { NULL, NULL, NULL };
    static const rv_field rows[] = {
        RV_STRING(run_opts, out, "CASE", "folder of the new case (required)"),
        RV_STRING(run_opts, site, "FILE", "GeoJSON of the site: aoi, poi, reference and exclude features"),
        RV_STRING(run_opts, outline, "FILE", "GeoJSON outlines of structures known before, to compare with"),
    };
    static const rv_fields fields = { "run_opts", sizeof(run_opts), &defaults, rows, sizeof rows / sizeof *rows };
    return &fields;
}

enum { SET_RUN, SET_ADD, SET_CASE, SET_ALIGN, SET_NORMALISE, SET_DETECT, SET_MEASURE, SET_GCP, SET_REPORT };
enum { TIMES_MAX = 4096 };

/* --time given once counts for all images; given once an image, or as a list with commas, it goes by order. */
typedef struct times {
    const char **value;
    int n;
    char *split;
} times;

static int times_read(times *out, const cli_args *args)
{
    out->value = calloc(TIMES_MAX, sizeof *out->value);
    if (!out->value)
        return CLI_FAILED;
    out->n = cli_args_values(args, "time", out->value, TIMES_MAX);
    if (out->n == 1 && strchr(out->value[0], ',')) {
        out->n = 0;
        char *rest = out->split = strdup(out->value[0]);
        for (char *word; rest && out->n < TIMES_MAX && (word = strsep(&rest, ","));)
            out->value[out->n++] = word;
    }
    if (out->n <= 1 || out->n == args->n_operands)
        return 0;
    cli_error("--time was given %d times for %d images: give it once, or once for each", out->n, args->n_operands);
    return CLI_USAGE;
}

static int add_all(rv_case *c, const cli_args *args, const times *when, cli_refusals *out)
{
    rv_add_opts add = *(const rv_add_opts *)args->set[SET_ADD];
    for (int i = 0; i < args->n_operands; i++) {
        add.time = when->n == 0 ? NULL : when->value[when->n == 1 ? 0 : i];
        const int err = rv_step_add(c, args->operand[i], NULL, &add);
        if (err == RV_ERR_IO || err == RV_ERR_NOMEM || err == RV_ERR_STOPPED || err == RV_ERR_RANGE)
            return cli_failed(err, args->operand[i]);
        if (err < 0)
            cli_refuse(out, args->operand[i], rv_last_error(), err);
        else
            out->taken++;
    }
    if (out->taken > 0)
        return CLI_DONE;
    cli_error("no image is left to work on");
    return out->refused == 0 ? CLI_DAMAGED : CLI_REFUSED;
}

static int steps(rv_case *c, const cli_args *args, cli_refusals *out)
{
    rv_report_opts report = *(const rv_report_opts *)args->set[SET_REPORT];
    report.out = NULL; /* --out names the case here */
    int err;
    if ((err = rv_step_align(c, args->set[SET_ALIGN], args->set[SET_NORMALISE])) < 0 ||
        (err = cli_refuse_unaligned(out, c)) < 0 || (err = rv_step_detect(c, args->set[SET_DETECT])) < 0 ||
        (err = rv_step_measure(c, args->set[SET_MEASURE], args->set[SET_GCP])) < 0 || (err = rv_step_judge(c)) < 0 ||
        (err = rv_export_refresh(c)) < 0 || (err = rv_report_write(c, &report)) < 0)
        return cli_failed(err, NULL);
    return out->refused + out->damaged ? CLI_PART : CLI_DONE;
}

static int print_result(rv_case *c, const cli_args *args, const cli_refusals *left_out)
{
    const rv_gcp_opts *gcp = args->set[SET_GCP];
    char *summary = NULL, *structures = NULL;
    int err;
    if ((err = rv_report_summary(&summary, c)) < 0 ||
        (args->common.json && (err = rv_export_structures(&structures, c)) < 0)) {
        rv_text_free(summary);
        return cli_failed(err, NULL);
    }
    if (args->common.json) {
        fputs("{\"case\": ", stdout);
        cli_json_text(stdout, rv_case_folder(c));
        fputs(", \"report\": \"reports/report.html\", \"summary\": ", stdout);
        cli_json_text(stdout, summary);
        printf(", \"left_out\": [%s]", left_out->json ? left_out->json : "");
        err = gcp->gcp ? cli_json_gcps(c) : RV_OK;
        printf(", \"structures\": %s}\n", structures);
    } else {
        puts(summary);
        err = cli_print_gcps(c);
        printf("Report: %s/reports/report.html\n", rv_case_folder(c));
    }
    rv_text_free(summary);
    rv_text_free(structures);
    return err < 0 ? cli_failed(err, NULL) : CLI_DONE;
}

static int dry_run(const cli_args *args, const char *out)
{
    char report[RV_PATH_MAX];
    snprintf(report, sizeof report, "%s/reports/report.html", out);
    return cli_dry_run(args, 0, report);
}

/* A mistyped name must not leave an empty case behind, which would be in the way of the next try. */
static bool any_readable(const cli_args *args)
{
    for (int i = 0; i < args->n_operands; i++)
        if (access(args->operand[i], R_OK) == 0)
            return true;
    for (int i = 0; i < args->n_operands; i++)
        cli_readable(args->operand[i]);
    cli_error("no image is left to work on");
    return false;
}

static int work(const cli_args *args, rv_case *c, const times *when)
{
    const run_opts *run = args->set[SET_RUN];
    cli_refusals left_out = { 0 };
    int code = CLI_DONE, err;
    if ((run->site && (err = rv_step_site(c, run->site)) < 0) ||
        (run->outline && (err = rv_step_outline(c, run->outline)) < 0))
        code = cli_failed(err, NULL);
    if (code == CLI_DONE)
        code = add_all(c, args, when, &left_out);
    if (code == CLI_DONE)
        code = steps(c, args, &left_out);
    if ((code == CLI_DONE || code == CLI_PART) && (err = print_result(c, args, &left_out)) != CLI_DONE)
        code = err;
    cli_refusals_release(&left_out);
    return code;
}

static int run(const cli_args *args)
{
    const run_opts *o = args->set[SET_RUN];
    if (!o->out) {
        cli_error("revisit run needs --out CASE");
        return CLI_USAGE;
    }
    if (!cli_readable(o->site) || !cli_readable(o->outline) ||
        !cli_readable(((const rv_gcp_opts *)args->set[SET_GCP])->gcp))
        return CLI_REFUSED;
    if (args->common.dry_run)
        return dry_run(args, o->out);
    times when = { 0 };
    rv_case *c = NULL;
    char evidence[CLI_FILES_MAX];
    int code = cli_join_files(evidence, sizeof evidence, args, "evidence");
    ((rv_detect_opts *)args->set[SET_DETECT])->evidence = *evidence ? evidence : NULL;
    if (code == 0)
        code = times_read(&when, args);
    if (code == 0 && !any_readable(args))
        code = CLI_REFUSED;
    if (code == 0)
        code = cli_create(&c, o->out, args->set[SET_CASE]);
    if (code == 0)
        code = work(args, c, &when);
    rv_case_close(c);
    free(when.value);
    free(when.split);
    return code;
}

static const rv_fields *(*const sets[])(void) = {
    run_fields,       rv_add_fields,     rv_case_fields,     rv_align_fields,  rv_normalise_fields,
    rv_detect_fields, rv_measure_fields, rv_gcp_opts_fields, rv_report_fields, NULL
};
static const char *const examples[] = {
    "revisit run images/*.tif --out feb.case",
    "align, detect, measure and report; the report is feb.case/reports/report.html",
    "revisit run 2020.jpg 2022.jpg --time 2020-05-01 --time 2022-06-11 --gsd-m 0.5 --out yard.case",
    "two pictures without a CRS, their dates and pixel size given by hand",
    "revisit run frames/*.jpg --gcp points.csv --out tilted.case",
    "frames of a viewer that look aslant, measured by places known on the ground",
    "revisit run images/*.tif --site site.geojson --outline old.geojson --json --out feb.case",
    "with a site file and the outline of the old hall; results as JSON",
    NULL
};
const cli_command cmd_run = {
    .name = "run",
    .operands = "IMAGE...",
    .min_operands = 1,
    .max_operands = -1,
    .summary = "From images of one site to a report",
    .about = "Makes a case, takes in every image, aligns them, finds what was built and when, measures it and writes a "
             "report. An image that cannot be used is named with its reason and the others go on (exit code 5).\n"
             "--time may be given once for all images, or once for each in their order.",
    .can_dry_run = true,
    .examples = examples,
    .sets = sets,
    .run = run,
};
