/* SPDX-License-Identifier: Apache-2.0 */
/* revisit show: the tables of a case, for people or as JSON. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"

typedef struct show_opts {
    bool geojson;
    const char *out;
} show_opts;

static const rv_fields *show_fields(void)
{
    static const show_opts defaults = { false, NULL };
    static const rv_field rows[] = {
        RV_BOOL(show_opts, geojson, "structures as GeoJSON"),
        RV_STRING(show_opts, out, "PATH",
                  "write to this file (masks, weights, aligned: this folder) instead of standard output"),
    };
    static const rv_fields fields = { "show_opts", sizeof(show_opts), &defaults, rows, sizeof rows / sizeof *rows };
    return &fields;
}

/* One kind of rows: which columns a person wants to see, and how to walk them. */
typedef struct sheet sheet;
struct sheet {
    const char *name;
    const rv_fields *(*fields)(void);
    const char *const *columns;
    int (*walk)(rv_case *c, cli_table *table);
};

/* "-0.41369,-0.133106" of a list of numbers in full; JSON has all digits. */
static void shorten_list(char *text, size_t size)
{
    char out[512] = "";
    size_t n = 0;
    for (char *rest = text, *word; (word = strsep(&rest, ",")) && n < sizeof out;)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%.6g", n ? "," : "", strtod(word, NULL));
    snprintf(text, size, "%s", out);
}

static int table_row(cli_table *table, const rv_fields *fields, const char *const *columns, const void *row)
{
    char text[512];
    for (int i = 0; columns[i]; i++) {
        const rv_field *field = rv_field_find(fields, columns[i]);
        rv_field_text(field, row, text, sizeof text);
        if (field->type == RV_TYPE_DOUBLE && *text && field->count == 1)
            snprintf(text, sizeof text, "%.6g", strtod(text, NULL));
        if (field->type == RV_TYPE_DOUBLE && field->count > 1)
            shorten_list(text, sizeof text);
        if (field->type == RV_TYPE_TIME && strlen(text) > 10)
            text[10] = 0; /* the day is enough in a table; JSON has the second */
        if (cli_table_add(table, text) != 0)
            return RV_ERR_NOMEM;
    }
    return 0;
}

#define SHEET(kind, type, fields_of, each, ...)                        \
    static const char *const kind##_columns[] = { __VA_ARGS__, NULL }; \
    static int kind##_row(const type *row, void *table)                \
    {                                                                  \
        return table_row(table, fields_of(), kind##_columns, row);     \
    }                                                                  \
    static int kind##_walk(rv_case *c, cli_table *table)               \
    {                                                                  \
        return each(c, kind##_row, table);                             \
    }

SHEET(scenes, rv_scene_info, rv_scene_info_fields, rv_case_each_scene, "id", "state", "t_min", "t_max", "width",
      "height", "roles", "valid_share", "sensor", "why")
SHEET(transforms, rv_transform, rv_transform_fields, rv_case_each_transform, "scene_id", "kind", "trusted", "shift_px",
      "sigma_px", "residual_px", "closure_px", "ties", "why")
SHEET(gains, rv_gain, rv_gain_fields, rv_case_each_gain, "scene_id", "band", "gain", "offset", "pixels", "why")
SHEET(structures, rv_structure, rv_structure_fields, rv_case_each_structure, "id", "kind", "event", "last_absent",
      "first_present", "date_set", "likelihood", "score", "nfa", "name")
SHEET(measurements, rv_measurement, rv_measurement_fields, rv_case_each_measurement, "structure_id", "quantity",
      "value", "lo", "hi", "unit", "other_id", "why")
SHEET(budget, rv_budget_term, rv_budget_term_fields, rv_case_each_budget, "structure_id", "quantity", "term", "sigma",
      "note")
SHEET(smallest, rv_smallest, rv_smallest_fields, rv_case_each_smallest, "kind", "absent_id", "present_id", "area_m2",
      "lo_m2", "hi_m2", "share", "planted", "seen")
SHEET(gcps, rv_gcp, rv_gcp_fields, rv_case_each_gcp, "name", "image_id", "col", "row", "x_m", "y_m", "total_m",
      "residual_x_m", "residual_y_m", "residual_m")
SHEET(places, rv_place, rv_place_fields, rv_case_each_place, "role", "name", "kind", "radius_m", "note")
SHEET(runs, rv_run, rv_run_fields, rv_case_each_run, "id", "step", "state", "stale", "based_on", "started",
      "duration_s", "peak_rss_mb", "error")

static const sheet sheets[] = {
    { "scenes", rv_scene_info_fields, scenes_columns, scenes_walk },
    { "transforms", rv_transform_fields, transforms_columns, transforms_walk },
    { "gains", rv_gain_fields, gains_columns, gains_walk },
    { "structures", rv_structure_fields, structures_columns, structures_walk },
    { "measurements", rv_measurement_fields, measurements_columns, measurements_walk },
    { "budget", rv_budget_term_fields, budget_columns, budget_walk },
    { "smallest", rv_smallest_fields, smallest_columns, smallest_walk },
    { "gcps", rv_gcp_fields, gcps_columns, gcps_walk },
    { "places", rv_place_fields, places_columns, places_walk },
    { "runs", rv_run_fields, runs_columns, runs_walk },
};
enum { N_SHEETS = sizeof sheets / sizeof *sheets };

static int print_table(rv_case *c, const sheet *s, FILE *to)
{
    cli_table table = { 0 };
    char heading[128];
    int err = 0;
    for (; s->columns[table.columns]; table.columns++) {
        const rv_field *field = rv_field_find(s->fields(), s->columns[table.columns]);
        snprintf(heading, sizeof heading, "%s", field->name);
        err = err ? err : cli_table_add(&table, heading);
    }
    if (!err && (err = s->walk(c, &table)) == 0)
        cli_table_print(&table, to);
    cli_table_release(&table);
    return err;
}

static int export_text(char **out, rv_case *c, const char *kind, bool geojson)
{
    if (strcmp(kind, "transforms") == 0)
        return rv_export_transforms(out, c);
    if (strcmp(kind, "structures") == 0 && geojson)
        return rv_export_structures(out, c);
    return rv_export_rows(out, c, kind);
}

static int count_scene(const rv_scene_info *row, void *user)
{
    int *n = user;
    n[row->state == RV_SCENE_OK ? 0 : 1]++;
    return 0;
}

static int count_structure(const rv_structure *row, void *user)
{
    int *n = user;
    n[row->event == RV_EVENT_NONE ? 2 : 3]++;
    return 0;
}

static int overview(rv_case *c, bool json)
{
    int n[4] = { 0 }, err;
    if ((err = rv_case_each_scene(c, count_scene, n)) < 0 || (err = rv_case_each_structure(c, count_structure, n)) < 0)
        return err;
    if (json) {
        fputs("{\"name\": ", stdout);
        cli_json_text(stdout, rv_case_name(c));
        printf(", \"scenes\": %d, \"refused\": %d, \"existing\": %d, \"changes\": %d}\n", n[0], n[1], n[2], n[3]);
    } else
        printf("case        %s\nscenes      %d (%d refused)\nexisting    %d structures stood before the first image\n"
               "changes     %d found\n\nMore by 'revisit show CASE TABLE', where TABLE is one of scenes, transforms, "
               "gains,\nstructures, measurements, budget, smallest, gcps, places, runs, masks, weights, aligned.\n",
               rv_case_name(c), n[0], n[1], n[2], n[3]);
    return 0;
}

static int show_kind(rv_case *c, const cli_args *args, const char *kind)
{
    const show_opts *o = args->set[0];
    const sheet *s = NULL;
    for (int i = 0; i < N_SHEETS; i++)
        s = strcmp(sheets[i].name, kind) == 0 ? &sheets[i] : s;
    if (!s) {
        cli_error("there is no table '%s'; there are scenes, transforms, gains, structures, measurements, budget, "
                  "smallest, gcps, places, runs, masks, weights and aligned",
                  kind);
        return CLI_USAGE;
    }
    FILE *to = o->out ? fopen(o->out, "wb") : stdout;
    if (!to) {
        cli_error("%s: cannot be written", o->out);
        return CLI_STORAGE;
    }
    char *text = NULL;
    int err = 0;
    if (args->common.json || o->geojson) {
        if ((err = export_text(&text, c, kind, o->geojson)) == 0)
            fprintf(to, "%s%s", text, *text && text[strlen(text) - 1] == '\n' ? "" : "\n");
    } else
        err = print_table(c, s, to);
    rv_text_free(text);
    if (o->out && fclose(to) != 0 && err == 0) {
        cli_error("%s: could not be written in full", o->out);
        return CLI_STORAGE;
    }
    return err < 0 ? cli_failed(err, NULL) : CLI_DONE;
}

static int show_masks(rv_case *c, const show_opts *o, const char *kind)
{
    if (!o->out) {
        cli_error("show %s needs --out FOLDER", kind);
        return CLI_USAGE;
    }
    if (mkdir(o->out, 0777) != 0) {
        struct stat there;
        if (stat(o->out, &there) != 0 || !S_ISDIR(there.st_mode)) {
            cli_error("%s: cannot make the folder", o->out);
            return CLI_STORAGE;
        }
    }
    const int err = strcmp(kind, "masks") == 0 ? rv_export_masks(c, o->out) : rv_export_weights(c, o->out);
    return err < 0 ? cli_failed(err, NULL) : CLI_DONE;
}

static int show_aligned(rv_case *c, const cli_args *args)
{
    const show_opts *o = args->set[0];
    cli_refusals left_out = { 0 };
    if (!o->out) {
        cli_error("show aligned needs --out FOLDER");
        return CLI_USAGE;
    }
    int err = rv_export_aligned(c, o->out, args->set[1], args->set[2]);
    if (err == 0)
        err = cli_refuse_unaligned(&left_out, c);
    if (err == 0 && args->common.json) {
        fputs("{\"folder\": ", stdout);
        cli_json_text(stdout, o->out);
        printf(", \"left_out\": [%s]}\n", left_out.json ? left_out.json : "");
    }
    const int code = err < 0 ? cli_failed(err, NULL) : left_out.unaligned ? CLI_PART : CLI_DONE;
    cli_refusals_release(&left_out);
    return code;
}

static int run(const cli_args *args)
{
    const show_opts *o = args->set[0];
    rv_case *c = NULL;
    int err = rv_case_open(&c, args->operand[0]), code;
    if (err < 0)
        return cli_failed(err, NULL);
    if (args->n_operands < 2)
        code = (err = overview(c, args->common.json)) < 0 ? cli_failed(err, NULL) : CLI_DONE;
    else if (strcmp(args->operand[1], "masks") == 0 || strcmp(args->operand[1], "weights") == 0)
        code = show_masks(c, o, args->operand[1]);
    else if (strcmp(args->operand[1], "aligned") == 0)
        code = show_aligned(c, args);
    else
        code = show_kind(c, args, args->operand[1]);
    rv_case_close(c);
    return code;
}

static const rv_fields *(*const sets[])(void) = { show_fields, rv_stack_write_fields, rv_flicker_fields, NULL };
static const char *const examples[] = { "revisit show feb.case",
                                        "what is in the case",
                                        "revisit show feb.case structures --geojson --out found.geojson",
                                        "all structures in longitude and latitude",
                                        "revisit show feb.case transforms --json",
                                        "how each image was moved",
                                        "revisit show feb.case masks --out masks",
                                        "one mask GeoTIFF an image",
                                        "revisit show feb.case weights --out weights",
                                        "how much of the ground each pixel shows, 0 to 100",
                                        "revisit show feb.case aligned --flicker --out aligned",
                                        "each image on the reference's grid, and pictures that show the alignment",
                                        NULL };
const cli_command cmd_show = {
    .name = "show",
    .operands = "CASE [TABLE]",
    .min_operands = 1,
    .max_operands = 2,
    .summary = "Show what is in a case",
    .about = "Tables: scenes, transforms, gains, structures, measurements, budget, smallest, gcps, places, runs. "
             "Written to a "
             "folder: masks; weights (the share of the ground's own light, in percent); and aligned (the images on the "
             "reference's grid, each interpolated once).",
    .examples = examples,
    .sets = sets,
    .run = run,
};
