/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands print, and the one table of exit codes. Data go to stdout, all else to stderr. */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdio.h>

#include "args.h"

enum {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_REFUSED = 3,
    CLI_DAMAGED = 4,
    CLI_PART = 5,
    CLI_INTEGRITY = 6,
    CLI_STORAGE = 7,
    CLI_LOCKED = 8,
    CLI_STOPPED = 9,
    CLI_BUG = 70
};

/** Exit code of a library status. */
int cli_exit_code(int status);

/** "revisit: text" on stderr. */
void cli_error(const char *fmt, ...);
/** Print the library's last error, with an optional subject, and return its exit code. */
int cli_failed(int status, const char *subject);
/** A line on stderr unless --quiet. */
void cli_note(const char *fmt, ...);

/** Set hooks for progress and log, threads and memory, from the common options. Returns 0 or an exit code. */
int cli_out_begin(const cli_common *common);
/** End an unfinished progress line. */
void cli_out_end(void);

/** "min_area_m2" to "--min-area-m2". */
void cli_flag_name(char *out, size_t size, const char *field_name);

/** A table for people: rows of cells, columns aligned, numbers to the right. */
typedef struct cli_table {
    char **cell; /* rows * columns, owned */
    size_t columns, n, cap;
} cli_table;
int cli_table_add(cli_table *table, const char *cell);
void cli_table_print(cli_table *table, FILE *to); /* the first row is the heading */
void cli_table_release(cli_table *table);

#endif
