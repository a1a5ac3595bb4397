/* SPDX-License-Identifier: Apache-2.0 */
/* Messages, tables, progress and exit codes of the command line. Control bytes in texts from files are shown, not sent to
 * the terminal. */
#include "out.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum progress_mode { PROGRESS_NONE, PROGRESS_BAR, PROGRESS_JSON } progress_mode;

/* One process, one terminal: the state of its last line. */
static struct {
    bool quiet, verbose, open_line;
    progress_mode mode;
    int percent;
    char what[64];
} screen = { .percent = -1 };

int cli_exit_code(int status)
{
    switch (status) {
    case RV_OK:
        return CLI_DONE;
    case RV_ERR_RANGE:
        return CLI_USAGE;
    case RV_ERR_REFUSED:
    case RV_ERR_NOTFOUND:
    case RV_ERR_MISMATCH:
    case RV_ERR_NODATA:
        return CLI_REFUSED;
    case RV_ERR_FORMAT:
        return CLI_DAMAGED;
    case RV_ERR_INTEGRITY:
        return CLI_INTEGRITY;
    case RV_ERR_IO:
        return CLI_STORAGE;
    case RV_ERR_LOCKED:
        return CLI_LOCKED;
    case RV_ERR_STOPPED:
        return CLI_STOPPED;
    default:
        return CLI_FAILED;
    }
}

void cli_out_end(void)
{
    flockfile(stderr);
    if (screen.open_line)
        fputs("\r\033[K", stderr);
    screen.open_line = false;
    screen.percent = -1;
    funlockfile(stderr);
}

/* Workers log too: the lock of the stream guards the screen's state. */
static void print_clean(const char *prefix, const char *fmt, va_list list)
{
    char text[2048];
    vsnprintf(text, sizeof text, fmt, list);
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 32 || *p == 127)
            *p = '?';
    flockfile(stderr);
    cli_out_end();
    fprintf(stderr, "%s%s\n", prefix, text);
    funlockfile(stderr);
}

void cli_error(const char *fmt, ...)
{
    va_list list;
    va_start(list, fmt);
    print_clean("revisit: ", fmt, list);
    va_end(list);
}

int cli_failed(int status, const char *subject)
{
    if (subject)
        cli_error("%s: %s", subject, rv_last_error());
    else
        cli_error("%s", rv_last_error());
    return cli_exit_code(status);
}

void cli_note(const char *fmt, ...)
{
    if (screen.quiet)
        return;
    va_list list;
    va_start(list, fmt);
    print_clean("", fmt, list);
    va_end(list);
}

static void draw_bar(const char *what, int percent)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    memset(bar, ' ', WIDTH);
    memset(bar, '=', (size_t)(percent * WIDTH / 100));
    bar[WIDTH] = 0;
    flockfile(stderr);
    fprintf(stderr, "\r\033[K%-24.24s [%s] %3d %%", what, bar, percent);
    fflush(stderr);
    screen.open_line = true;
    funlockfile(stderr);
}

static void on_progress(const char *what, double share, void *user)
{
    (void)user;
    const int percent = (int)(share * 100.0);
    if (percent == screen.percent && strncmp(what, screen.what, sizeof screen.what - 1) == 0)
        return;
    screen.percent = percent;
    snprintf(screen.what, sizeof screen.what, "%s", what);
    if (screen.mode == PROGRESS_BAR)
        draw_bar(what, percent);
    else
        fprintf(stderr, "{\"progress\": \"%s\", \"percent\": %d}\n", what, percent);
}

static void on_log(int level, const char *text, void *user)
{
    (void)user;
    if (screen.verbose || (level == 0 && !screen.quiet))
        cli_error("%s", text);
}

static int set_progress(const char *mode)
{
    if (strcmp(mode, "json") == 0)
        screen.mode = PROGRESS_JSON;
    else if (strcmp(mode, "none") == 0)
        screen.mode = PROGRESS_NONE;
    else if (strcmp(mode, "auto") == 0)
        screen.mode = isatty(STDERR_FILENO) && !screen.quiet ? PROGRESS_BAR : PROGRESS_NONE;
    else {
        cli_error("progress must be one of auto, json, none, not %s", mode);
        return CLI_USAGE;
    }
    if (screen.mode != PROGRESS_NONE)
        rv_progress_set(on_progress, NULL);
    return 0;
}

int cli_out_begin(const cli_common *common)
{
    screen.quiet = common->quiet;
    screen.verbose = common->verbose;
    rv_log_set(on_log, NULL);
    const char *threads = getenv("REVISIT_THREADS"), *ram = common->ram ? common->ram : getenv("REVISIT_RAM");
    int count = common->threads;
    if (count == 0 && threads && *threads) {
        char *end;
        const long n = strtol(threads, &end, 10);
        if (*end || n < 0 || n > 256) {
            cli_error("REVISIT_THREADS must lie in [0, 256], not %s", threads);
            return CLI_USAGE;
        }
        count = (int)n;
    }
    if (rv_threads_set(count) < 0)
        return cli_failed(RV_ERR_RANGE, NULL);
    if (ram && *ram) {
        const uint64_t bytes = cli_size_parse(ram);
        if (!bytes) {
            cli_error("ram must be a size such as 512M or 2G, not %s", ram);
            return CLI_USAGE;
        }
        if (rv_ram_set(bytes) < 0)
            return cli_failed(RV_ERR_RANGE, NULL);
    }
    return set_progress(common->progress);
}

void cli_flag_name(char *out, size_t size, const char *field_name)
{
    snprintf(out, size, "--%s", field_name);
    for (char *p = out; *p; p++)
        if (*p == '_')
            *p = '-';
}

int cli_table_add(cli_table *table, const char *cell)
{
    if (table->n == table->cap) {
        const size_t cap = table->cap ? table->cap * 2 : 64;
        char **more = realloc(table->cell, cap * sizeof *more);
        if (!more)
            return CLI_FAILED;
        table->cell = more;
        table->cap = cap;
    }
    char *copy = strdup(cell);
    if (!copy)
        return CLI_FAILED;
    for (char *p = copy; *p; p++)
        if ((unsigned char)*p < 32 || *p == 127)
            *p = '?';
    table->cell[table->n++] = copy;
    return 0;
}

/* Columns on a terminal: characters, not bytes. */
static int text_width(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static bool is_number(const char *text)
{
    return *text && strspn(text, "0123456789+-.eE% ") == strlen(text);
}

void cli_table_print(cli_table *table, FILE *to)
{
    const size_t rows = table->columns ? table->n / table->columns : 0;
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < table->columns; c++) {
            int width = 0;
            bool right = rows > 1;
            for (size_t k = 0; k < rows; k++) {
                const char *cell = table->cell[k * table->columns + c];
                const int n = text_width(cell);
                width = n > width ? n : width;
                right = right && (k == 0 || !*cell || is_number(cell));
            }
            const char *cell = table->cell[r * table->columns + c];
            const int gap = width - text_width(cell);
            const bool last = c + 1 == table->columns;
            fprintf(to, "%*s%s%*s", right ? gap : 0, "", cell, last || right ? 0 : gap, "");
            fputs(last ? "\n" : "  ", to);
        }
    }
}

void cli_table_release(cli_table *table)
{
    for (size_t i = 0; i < table->n; i++)
        free(table->cell[i]);
    free(table->cell);
}
