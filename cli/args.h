/* SPDX-License-Identifier: Apache-2.0 */
/* argv to described structs. A command names the structs it takes; their fields are its flags. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <revisit/revisit.h>

enum { CLI_SETS_MAX = 10 };

/** Options every command takes. */
typedef struct cli_common {
    bool help, json, quiet, verbose, dry_run;
    int threads;
    const char *ram;
    const char *progress;
} cli_common;

const rv_fields *cli_common_fields(void);

typedef struct cli_args cli_args;

/** One row of the table in main.c. */
typedef struct cli_command {
    const char *name;
    const char *operands; /* "CASE IMAGE..." */
    int min_operands, max_operands;
    const char *summary; /* one line, no full stop */
    const char *about;   /* a paragraph for --help and the manual */
    bool can_dry_run;
    const char *const *examples;           /* command line, explanation, ..., NULL */
    const rv_fields *(*const *sets)(void); /* described structs, NULL at the end */
    int (*run)(const cli_args *args);      /* exit code */
} cli_command;

struct cli_args {
    const cli_command *command;
    cli_common common;
    void *set[CLI_SETS_MAX];      /* one filled struct for each of command->sets */
    uint64_t given[CLI_SETS_MAX]; /* bit k: field k of the set stood on the command line */
    const char **operand;
    int n_operands;
    int argc; /* of the whole command line, for repeated flags */
    char **argv;
};

/**
 * Parse what follows the command's name. Returns 0 or an exit code after a message on stderr. A flag that several sets
 * share goes to all of them.
 */
int cli_args_parse(cli_args *args, const cli_command *command, int argc, char **argv);
void cli_args_release(cli_args *args);

/** Every value given for a flag, in order; returns how many, at most max are stored. */
int cli_args_values(const cli_args *args, const char *name, const char **out, int max);

/** Edit distance of two words, for suggestions. */
int cli_distance(const char *a, const char *b);

/** "512M", "1G", "2000000" to bytes; 0 when it is no size. */
uint64_t cli_size_parse(const char *text);

#endif
