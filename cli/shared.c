/* SPDX-License-Identifier: Apache-2.0 */
/* What several commands share: the frame of a step on a case, and the list of images that were left out. */
#include <errno.h>
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
