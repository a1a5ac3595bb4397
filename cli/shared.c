/* SPDX-License-Identifier: Apache-2.0 */
/* What several commands share: the frame of a step on a case, and the list of images that were left out. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

int cli_step(const cli_args *args, cli_step_fn step)
{
    rv_case *c = NULL;
    int err = rv_case_open(&c, args->operand[0]);
    if (err < 0)
        return cli_failed(err, NULL);
    int code = step(c, args);
    if ((code == CLI_DONE || code == CLI_PART) && (err = rv_export_refresh(c)) < 0)
        code = cli_failed(err, NULL);
    rv_case_close(c);
    return code;
}

void cli_json_text(FILE *to, const char *text)
{
    putc('"', to);
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(to, "\\%c", *p);
        else if ((unsigned char)*p < 32)
            fprintf(to, "\\u%04x", (unsigned)*p);
        else
            putc(*p, to);
    }
    putc('"', to);
}

bool cli_readable(const char *path)
{
    if (!path || access(path, R_OK) == 0)
        return true;
    cli_error("%s: %s", path, errno == ENOENT ? "does not exist" : "cannot be read");
    return false;
}

int cli_join_files(char *out, size_t size, const cli_args *args, const char *name)
{
    const char *value[64];
    const int n = cli_args_values(args, name, value, 64);
    size_t length = 0;
    *out = 0;
    for (int i = 0; i < n && i < 64; i++) {
        if (!strchr(value[i], ';') && !cli_readable(value[i]))
            return CLI_REFUSED;
        length += strlen(value[i]) + 1;
        if (length < size)
            snprintf(out + strlen(out), size - strlen(out), "%s%s", i ? ";" : "", value[i]);
    }
    if (length < size && n <= 64)
        return CLI_DONE;
    cli_error("--%s: more than 64 files, or their names are longer than %zu bytes together", name, size - 1);
    return CLI_USAGE;
}

int cli_create(rv_case **out, const char *folder, const rv_case_opts *opts)
{
    const int err = rv_case_create(out, folder, opts);
    char database[RV_PATH_MAX];
    snprintf(database, sizeof database, "%s/case.db", folder);
    if (err != RV_ERR_REFUSED || access(database, F_OK) != 0)
        return err < 0 ? cli_failed(err, NULL) : CLI_DONE;
    cli_error("%s (--overwrite replaces it, revisit add takes more images into it)", rv_last_error());
    return cli_exit_code(err);
}

static int list_images(const cli_args *args, int first, bool there, const char *what)
{
    int n = 0;
    if (args->common.json)
        printf("\"%s\": [", what);
    for (int i = first; i < args->n_operands; i++) {
        if ((access(args->operand[i], R_OK) == 0) != there)
            continue;
        if (args->common.json) {
            fputs(n ? ", " : "", stdout);
            cli_json_text(stdout, args->operand[i]);
        } else
            printf("%s %s\n", what, args->operand[i]);
        n++;
    }
    fputs(args->common.json ? "]" : "", stdout);
    return n;
}

int cli_dry_run(const cli_args *args, int first, const char *report)
{
    const bool json = args->common.json;
    fputs(json ? "{" : "", stdout);
    const int good = list_images(args, first, true, json ? "would_add" : "would add");
    fputs(json ? ", " : "", stdout);
    const int missing = list_images(args, first, false, json ? "cannot_read" : "cannot read");
    if (report && json) {
        fputs(", \"would_write\": ", stdout);
        cli_json_text(stdout, report);
    } else if (report)
        printf("would align, detect, measure, judge and write %s\n", report);
    fputs(json ? "}\n" : "", stdout);
    return missing == 0 ? CLI_DONE : good == 0 ? CLI_REFUSED : CLI_PART;
}

void cli_print_path(const cli_args *args, const char *what, const char *path)
{
    if (!args->common.json) {
        puts(path);
        return;
    }
    printf("{\"%s\": ", what);
    cli_json_text(stdout, path);
    puts("}");
}

void cli_refuse(cli_refusals *list, const char *file, const char *reason, int status)
{
    cli_error("%s: %s", file, reason);
    list->refused += status != RV_ERR_FORMAT;
    list->damaged += status == RV_ERR_FORMAT;
    char *item = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&item, &n);
    if (!memory)
        return;
    fputs(list->json_length ? ", {\"file\": " : "{\"file\": ", memory);
    cli_json_text(memory, file);
    fputs(", \"reason\": ", memory);
    cli_json_text(memory, reason);
    fputs("}", memory);
    fclose(memory);
    char *more = realloc(list->json, list->json_length + n + 1);
    if (more) {
        memcpy(more + list->json_length, item, n + 1);
        list->json = more;
        list->json_length += n;
    }
    free(item);
}

typedef struct residuals {
    int n;
    double sum_m2;
} residuals;

static int add_residual(const rv_gcp *row, void *user)
{
    residuals *r = user;
    r->n++;
    r->sum_m2 += row->residual_m * row->residual_m;
    return 0;
}

static int print_residual(const rv_gcp *row, void *user)
{
    int *n = user;
    printf("  %d %s (%s): east %.2f m, north %.2f m, length %.2f m; uncertainty %.2f m\n", ++*n, row->name,
           row->image_id, row->residual_x_m, row->residual_y_m, row->residual_m, row->total_m);
    return 0;
}

int cli_print_gcps(rv_case *c)
{
    residuals r = { 0 };
    int n = 0, err = rv_case_each_gcp(c, add_residual, &r);
    if (err < 0 || r.n == 0)
        return err;
    if (isnan(r.sum_m2)) {
        printf("%d ground points fix the map and leave none to check it by\n", r.n);
        return RV_OK;
    }
    printf("%d ground points, residuals of %.2f m (root mean square):\n", r.n, sqrt(r.sum_m2 / r.n));
    return rv_case_each_gcp(c, print_residual, &n);
}

int cli_json_gcps(rv_case *c)
{
    char *rows = NULL;
    const int err = rv_export_rows(&rows, c, "gcps");
    if (err == RV_OK)
        printf(", \"gcps\": %.*s", (int)strlen(rows) - 1, rows);
    rv_text_free(rows);
    return err;
}

static int refuse_one(const rv_transform *row, void *user)
{
    cli_refusals *list = user;
    if (!row->trusted) {
        cli_refuse(list, row->scene_id, row->why, RV_ERR_MISMATCH);
        list->unaligned++;
    }
    return 0;
}

int cli_refuse_unaligned(cli_refusals *list, rv_case *c)
{
    return rv_case_each_transform(c, refuse_one, list);
}

void cli_refusals_release(cli_refusals *list)
{
    free(list->json);
}
