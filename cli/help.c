/* SPDX-License-Identifier: Apache-2.0 */
/* Help from the described rows: what a field says about itself is all that is printed, in lines of at most 100 columns. */
#include <math.h>
#include <string.h>

#include "commands.h"

enum { WIDTH = 100, COLUMN = 28, TEXT_MAX = 1024 };

void cli_default_text(const rv_fields *fields, const rv_field *field, char *out, size_t size)
{
    out[0] = 0;
    if (fields->defaults && field->type != RV_TYPE_BOOL)
        rv_field_text(field, fields->defaults, out, size);
}

/* Stands for a space that is not broken at. */
static const char glue = '\x1f';

/* Words in lines; the cursor stands in a column, later lines begin in another. A line break in the text is kept. */
static void print_wrapped(FILE *to, const char *text, int at, int indent)
{
    while (*text) {
        const size_t n = strcspn(text, " \n");
        if (at > indent && at + 1 + (int)n > WIDTH) {
            fprintf(to, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            putc(' ', to);
            at++;
        }
        for (size_t i = 0; i < n; i++)
            putc(text[i] == glue ? ' ' : text[i], to);
        at += (int)n;
        text += n;
        if (*text == '\n') {
            fprintf(to, "\n%*s", indent, "");
            at = indent;
        }
        text += *text != 0;
    }
    putc('\n', to);
}

static const char *value_word(const rv_field *field)
{
    switch (field->type) {
    case RV_TYPE_BOOL:
        return "";
    case RV_TYPE_STRING:
        return field->word ? field->word : "TEXT";
    case RV_TYPE_TIME:
        return "TIME";
    case RV_TYPE_ENUM:
        return "WORD";
    case RV_TYPE_INT:
        return "N";
    default:
        return "X";
    }
}

static bool default_true(const rv_fields *fields, const rv_field *field)
{
    return field->type == RV_TYPE_BOOL && fields->defaults && *((const bool *)fields->defaults + field->offset);
}

static void append(char *text, const char *more)
{
    const size_t n = strlen(text);
    snprintf(text + n, TEXT_MAX - n, "%s", more);
}

/* " [0 to 1000 px; default 640]" */
static void append_range(char *text, const rv_fields *fields, const rv_field *field)
{
    char value[128], range[160] = "";
    cli_default_text(fields, field, value, sizeof value);
    if (field->type == RV_TYPE_DOUBLE || field->type == RV_TYPE_INT)
        snprintf(range, sizeof range, "%.10g to %.10g%s%s", field->min, field->max, *field->unit ? " " : "",
                 field->unit);
    if (!*range && !*value && field->type != RV_TYPE_ENUM)
        return;
    append(text, " [");
    char *inside = text + strlen(text);
    append(text, range);
    for (int i = 0; field->type == RV_TYPE_ENUM && field->names[i]; i++) {
        append(text, i ? ", " : "");
        append(text, field->names[i]);
    }
    if (*value) {
        append(text, *range || field->type == RV_TYPE_ENUM ? "; default " : "default ");
        append(text, value);
    }
    append(text, "]");
    for (char *p = inside; *p && strlen(inside) < WIDTH - COLUMN; p++)
        *p = *p == ' ' ? glue : *p;
}

static void print_field(const rv_fields *fields, const rv_field *field, FILE *to)
{
    const bool off = default_true(fields, field);
    char flag[80], left[160], text[TEXT_MAX];
    cli_flag_name(flag, sizeof flag, field->name);
    const char *word = value_word(field);
    const int n = snprintf(left, sizeof left, "  --%s%s%s%s", off ? "no-" : "", flag + 2, *word ? " " : "", word);
    fputs(left, to);
    if (n > COLUMN - 2)
        fprintf(to, "\n%*s", COLUMN, "");
    else
        fprintf(to, "%*s", COLUMN - n, "");
    snprintf(text, sizeof text, "%s%s", off ? "do not " : "", field->help);
    append_range(text, fields, field);
    print_wrapped(to, text, COLUMN, COLUMN);
}

/* A flag that several sets share is printed once, as the first describes it. */
static bool printed_before(const cli_command *command, int set, const char *name)
{
    for (int s = 0; s < set; s++)
        if (rv_field_find(command->sets[s](), name))
            return true;
    return false;
}

/* "align_opts" of another command's step heads its own part. */
static void print_set_heading(const cli_command *command, int set, FILE *to)
{
    const char *name = command->sets[set]()->name;
    if (set == 0)
        fputs("\nOptions:\n", to);
    else
        fprintf(to, "\n%c%.*s options:\n", name[0] - 'a' + 'A', (int)strcspn(name, "_") - 1, name + 1);
}

static void print_sets(const cli_command *command, FILE *to)
{
    for (int s = 0; command->sets[s]; s++) {
        const rv_fields *fields = command->sets[s]();
        print_set_heading(command, s, to);
        for (size_t i = 0; i < fields->n; i++)
            if (!printed_before(command, s, fields->field[i].name))
                print_field(fields, &fields->field[i], to);
    }
}

void cli_help_print(const cli_command *command, FILE *to)
{
    const rv_fields *common = cli_common_fields();
    fprintf(to, "Usage: revisit %s [OPTION]...%s%s\n\n%s.\n\n", command->name, *command->operands ? " " : "",
            command->operands, command->summary);
    print_wrapped(to, command->about, 0, 0);
    if (command->examples[0])
        fputs("\nExamples:\n", to);
    for (int i = 0; command->examples[i]; i += 2) {
        fprintf(to, "  %s\n      ", command->examples[i]);
        print_wrapped(to, command->examples[i + 1], 6, 6);
    }
    print_sets(command, to);
    fputs("\nOptions of every command (-h, -q, -v for short):\n", to);
    for (size_t i = 0; i < common->n; i++)
        if (command->can_dry_run || strcmp(common->field[i].name, "dry_run") != 0)
            print_field(common, &common->field[i], to);
}

void cli_help_all(FILE *to)
{
    fputs("Usage: revisit COMMAND [OPTION]... OPERAND...\n\n"
          "Holds what is said about a place against what satellites saw there.\n\nCommands:\n",
          to);
    for (int i = 0; cli_commands[i]; i++)
        if (cli_commands[i] != &cmd_rows)
            fprintf(to, "  %-10s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    fputs("\n'revisit COMMAND --help' explains a command and gives examples.\n"
          "'revisit --version' prints the version.\n\n"
          "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 input refused, 4 input damaged, 5 done in part (the\n"
          "rest listed), 6 integrity failure, 7 storage, 8 locked, 9 stopped and resumable, 70 our bug.\n",
          to);
}
