/* SPDX-License-Identifier: Apache-2.0 */
/* revisit irmad: two rasters, no case. */
#include "commands.h"

typedef struct irmad_opts {
    const char *out;
} irmad_opts;

static const rv_fields *out_fields(void)
{
    static const irmad_opts defaults = { NULL };
    static const rv_field rows[] = { RV_STRING(irmad_opts, out, "FILE", "GeoTIFF to write (required)") };
    static const rv_fields fields = { "irmad_out", sizeof(irmad_opts), &defaults, rows, 1 };
    return &fields;
}

static void print_list(const char *name, const double *v, int n)
{
    printf(", \"%s\": [", name);
    for (int i = 0; i < n; i++)
        printf("%s%.9g", i ? ", " : "", v[i]);
    putchar(']');
}

static void print_json(const rv_irmad *r, const char *path)
{
    const int k = r->bands;
    fputs("{\"file\": ", stdout);
    cli_json_text(stdout, path);
    printf(", \"bands\": %d, \"iterations\": %d, \"converged\": %s, \"last_step\": %.9g, \"pixels\": %.0f, "
           "\"unchanged\": %.9g",
           k, r->iterations, r->converged ? "true" : "false", r->last_step, r->pixels, r->unchanged);
    print_list("rho", r->rho, k);
    print_list("mean_a", r->mean_a, k);
    print_list("mean_b", r->mean_b, k);
    print_list("a", r->a, k * k);
    print_list("b", r->b, k * k);
    puts("}");
}

static int print_table(const rv_irmad *r)
{
    static const char *const heading[] = { "band", "variate", "rho", "variance" };
    cli_table table = { .columns = 4 };
    int code = CLI_DONE;
    for (int c = 0; c < 4; c++)
        code = cli_table_add(&table, heading[c]) ? CLI_FAILED : code;
    for (int i = 0; i < r->bands; i++) {
        char cell[4][32];
        snprintf(cell[0], sizeof cell[0], "%d", i + 1);
        snprintf(cell[1], sizeof cell[1], "MAD %d", i + 1);
        snprintf(cell[2], sizeof cell[2], "%.6f", r->rho[i]);
        snprintf(cell[3], sizeof cell[3], "%.6f", 2 * (1 - r->rho[i]));
        for (int c = 0; c < 4; c++)
            code = cli_table_add(&table, cell[c]) ? CLI_FAILED : code;
    }
    cli_table_print(&table, stdout);
    cli_table_release(&table);
    printf("%d passes over %.0f pixels, %.1f %% of them unchanged\n", r->iterations, r->pixels,
           100 * r->unchanged / r->pixels);
    if (!r->converged)
        cli_note("the last pass still moved a correlation by %.2g: more --iterations would go on", r->last_step);
    return code;
}

static int run(const cli_args *args)
{
    const irmad_opts *o = args->set[0];
    rv_irmad result;
    if (!o->out) {
        cli_error("revisit irmad needs --out FILE");
        return CLI_USAGE;
    }
    const char *const paths[3] = { args->operand[0], args->operand[1], o->out };
    const int err = rv_irmad_write(&result, paths, args->set[1]);
    if (err < 0)
        return cli_failed(err, NULL);
    if (!args->common.json)
        return print_table(&result);
    print_json(&result, o->out);
    return CLI_DONE;
}

static const rv_fields *(*const sets[])(void) = { out_fields, rv_irmad_fields, NULL };
static const char *const examples[] = { "revisit irmad 2000.tif 2003.tif --out change.tif",
                                        "change.tif gets the variates, chi-square and the probability of no change",
                                        "revisit irmad 2000TM 2003TM --iterations 1 --out mad.tif",
                                        "one pass: MAD without reweighting",
                                        "revisit irmad a.tif b.tif --out c.tif --overwrite --json",
                                        "correlations, means and transforms as one JSON object",
                                        NULL };
const cli_command cmd_irmad = {
    .name = "irmad",
    .operands = "IMAGE IMAGE",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "Show what changed between two images, whatever their light",
    .about =
        "Iteratively reweighted multivariate alteration detection of two images of the same size, place and bands. "
        "No case is needed. Linear differences of light, haze and calibration do not matter. The output has one "
        "band for each variate (MAD 1, MAD 2, ... from the least correlated, where most of the change is, to the "
        "best), one of the chi-square statistic and one of the probability of no change; pixels that are not valid "
        "in both images are NaN, the no-data value. Prints the canonical correlations. A MAD band has mean 0 "
        "where nothing changed and the variance printed, 2 (1 - rho).",
    .examples = examples,
    .sets = sets,
    .run = run,
};
