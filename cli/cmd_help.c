/* SPDX-License-Identifier: Apache-2.0 */
/* revisit help, and revisit rows: what the manual pages and completions are made from. */
#include <string.h>

#include "commands.h"

static int help(const cli_args *args)
{
    if (args->n_operands == 0) {
        cli_help_all(stdout);
        return CLI_DONE;
    }
    const cli_command *command = cli_command_find(args->operand[0]);
    if (!command) {
        cli_error("there is no command '%s' (see revisit --help)", args->operand[0]);
        return CLI_USAGE;
    }
    cli_help_print(command, stdout);
    return CLI_DONE;
}

static void rows_of(const rv_fields *fields)
{
    static const char *const types[] = { "number", "integer", "switch", "text", "text", "word", "time" };
    for (size_t i = 0; i < fields->n; i++) {
        const rv_field *f = &fields->field[i];
        char text[128];
        cli_default_text(fields, f, text, sizeof text);
        const bool on = f->type == RV_TYPE_BOOL && fields->defaults && *((const bool *)fields->defaults + f->offset);
        printf("%s{\"name\": \"%s\", \"type\": \"%s\", \"min\": %g, \"max\": %g, \"unit\": \"%s\", \"on\": %s, "
               "\"word\": \"%s\", \"names\": [",
               i ? ", " : "", f->name, types[f->type], f->min, f->max, f->unit, on ? "true" : "false",
               f->word ? f->word : "");
        for (int k = 0; f->names && f->names[k]; k++)
            printf("%s\"%s\"", k ? ", " : "", f->names[k]);
        fputs("], \"default\": ", stdout);
        cli_json_text(stdout, text);
        fputs(", \"help\": ", stdout);
        cli_json_text(stdout, f->help);
        fputs("}", stdout);
    }
}

static void command_rows(const cli_command *c)
{
    printf("{\"name\": \"%s\", \"operands\": \"%s\", \"summary\": \"%s\", \"about\": ", c->name, c->operands,
           c->summary);
    cli_json_text(stdout, c->about);
    fputs(", \"examples\": [", stdout);
    for (int i = 0; c->examples[i]; i++) {
        fputs(i ? ", " : "", stdout);
        cli_json_text(stdout, c->examples[i]);
    }
    fputs("], \"sets\": [", stdout);
    for (int s = 0; c->sets[s]; s++) {
        printf("%s{\"name\": \"%s\", \"rows\": [", s ? ", " : "", c->sets[s]()->name);
        rows_of(c->sets[s]());
        fputs("]}", stdout);
    }
    printf("], \"dry_run\": %s}", c->can_dry_run ? "true" : "false");
}

static int rows(const cli_args *args)
{
    (void)args;
    fputs("{\"common\": [", stdout);
    rows_of(cli_common_fields());
    fputs("], \"commands\": [", stdout);
    for (int i = 0, n = 0; cli_commands[i]; i++)
        if (cli_commands[i] != &cmd_rows) {
            fputs(n++ ? ",\n" : "\n", stdout);
            command_rows(cli_commands[i]);
        }
    fputs("\n]}\n", stdout);
    return CLI_DONE;
}

static const rv_fields *(*const sets[])(void) = { NULL };
static const char *const examples[] = { "revisit help run", "the same as revisit run --help", NULL };
static const char *const no_examples[] = { NULL };
const cli_command cmd_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .min_operands = 0,
    .max_operands = 1,
    .summary = "Explain a command",
    .about = "Prints the help of a command, or the list of all.",
    .examples = examples,
    .sets = sets,
    .run = help,
};
const cli_command cmd_rows = {
    .name = "rows",
    .operands = "",
    .min_operands = 0,
    .max_operands = 0,
    .summary = "Print the described options of every command as JSON",
    .about = "Manual pages and completions are made from this.",
    .examples = no_examples,
    .sets = sets,
    .run = rows,
};
