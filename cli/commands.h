/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, and what several of them share. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "args.h"
#include "out.h"

extern const cli_command cmd_run, cmd_init, cmd_add, cmd_align, cmd_detect, cmd_measure, cmd_judge, cmd_report,
    cmd_show, cmd_verify, cmd_irmad, cmd_simulate, cmd_score, cmd_help, cmd_rows;

/** Every command, NULL at the end. */
extern const cli_command *const cli_commands[];

const cli_command *cli_command_find(const char *name);

/** Help of one command from its rows, and the list of all. */
void cli_help_print(const cli_command *command, FILE *to);
void cli_help_all(FILE *to);

/** Text of a field's default for help: "25", "auto", "" when there is none. */
void cli_default_text(const rv_fields *fields, const rv_field *field, char *out, size_t size);

/**
 * Open the case named by the first operand, run one step on it, and write case.gpkg and structures.geojson anew.
 * Returns the exit code.
 */
typedef int (*cli_step_fn)(rv_case *c, const cli_args *args);
int cli_step(const cli_args *args, cli_step_fn step);

/** Images that did not make it into the case or its stack, in order. */
typedef struct cli_refusals {
    int taken, refused, damaged, unaligned;
    char *json; /* array items, owned */
    size_t json_length;
} cli_refusals;
/** Print "file: reason" and remember it. */
void cli_refuse(cli_refusals *list, const char *file, const char *reason, int status);
/** Note the scenes of the current align run that are not trusted. */
int cli_refuse_unaligned(cli_refusals *list, rv_case *c);
void cli_refusals_release(cli_refusals *list);

enum { CLI_FILES_MAX = 2048 };

/** Whether a file can be read, or is NULL; else a message. Asked before a case is made for it. */
bool cli_readable(const char *path);
/**
 * Every value given for a flag that may be repeated, joined by ';' in out. Returns 0, or an exit code after a message for a
 * file that cannot be read or a list that is too long.
 */
int cli_join_files(char *out, size_t size, const cli_args *args, const char *name);
/** Make a case; a refusal because there is one says what can be done. Returns 0 or an exit code. */
int cli_create(rv_case **out, const char *folder, const rv_case_opts *opts);
/** Say what --dry-run would do with the images from operand `first` on, then what follows (NULL = nothing). */
int cli_dry_run(const cli_args *args, int first, const char *report);

/** The path of what was made: alone, or as {"what": path}. */
void cli_print_path(const cli_args *args, const char *what, const char *path);

/** The ground points of the measure run with their residuals, where it was given any; to stdout. */
int cli_print_gcps(rv_case *c);
/** The same as a further member of a JSON object: , "gcps": [...]. */
int cli_json_gcps(rv_case *c);

/** JSON string with quotes; to stdout. */
void cli_json_text(FILE *to, const char *text);

#endif
