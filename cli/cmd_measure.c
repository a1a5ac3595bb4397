/* SPDX-License-Identifier: Apache-2.0 */
/* revisit measure. */
#include <math.h>
#include <string.h>

#include "commands.h"

/* Rows come structure by structure; one with any area counts as measured. */
typedef struct tally {
    char id[RV_ID_MAX];
    int structures, measured;
    bool has_area;
} tally;

static int count(const rv_measurement *row, void *user)
{
    tally *t = user;
    if (strcmp(t->id, row->structure_id) != 0) {
        memcpy(t->id, row->structure_id, sizeof t->id);
        t->structures++;
        t->has_area = false;
    }
    const bool area = strncmp(row->quantity, "area_", 5) == 0 && isfinite(row->value);
    t->measured += area && !t->has_area;
    t->has_area = t->has_area || area;
    return 0;
}

static int print_result(rv_case *c, const cli_args *args, const tally *t)
{
    const rv_gcp_opts *gcp = args->set[1];
    int err = RV_OK;
    if (!args->common.json) {
        printf("%d of %d structures measured\n", t->measured, t->structures);
        return cli_print_gcps(c);
    }
    printf("{\"measured\": %d, \"structures\": %d", t->measured, t->structures);
    if (gcp->gcp)
        err = cli_json_gcps(c);
    puts("}");
    return err;
}

static int step(rv_case *c, const cli_args *args)
{
    tally t = { .structures = 0 };
    int err;
    if ((err = rv_step_measure(c, args->set[0], args->set[1])) == RV_OK &&
        (err = rv_case_each_measurement(c, count, &t)) == RV_OK)
        err = print_result(c, args, &t);
    return err < 0 ? cli_failed(err, NULL) : CLI_DONE;
}

static int run(const cli_args *args)
{
    return cli_step(args, step);
}

static const rv_fields *(*const sets[])(void) = { rv_measure_fields, rv_gcp_opts_fields, NULL };
static const char *const examples[] = { "revisit measure feb.case --no-refine",
                                        "measure the outlines as they are drawn",
                                        "revisit measure feb.case --gcp points.csv --gcp-sigma-m 0.5",
                                        "pictures without a CRS, with places known on the ground to half a metre",
                                        NULL };
const cli_command cmd_measure = {
    .name = "measure",
    .operands = "CASE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Measure the structures of a case",
    .about =
        "Fits each outline to the pixels and states area and extent with a 95 % interval and its budget.\n"
        "Pictures without a CRS that look at the ground aslant have no single scale; --gcp gives them one at every "
        "place. The file is a CSV with the columns image, col, row, lon, lat (or x_m, y_m in a plane, east and "
        "north) and, if wanted, name: four points at least, spread over the site, in any of the images.",
    .examples = examples,
    .sets = sets,
    .run = run,
};
