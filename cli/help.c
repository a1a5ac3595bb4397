/* SPDX-License-Identifier: Apache-2.0 */
/* Help from the described rows: what a field says about itself is all that is printed. */
#include <math.h>
#include <string.h>

#include "commands.h"

void cli_default_text(const rv_fields *fields, const rv_field *field, char *out, size_t size)
{
    out[0] = 0;
    if (fields->defaults && field->type != RV_TYPE_BOOL)
        rv_field_text(field, fields->defaults, out, size);
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

static void print_range(const rv_fields *fields, const rv_field *field, FILE *to)
{
    char text[64];
    cli_default_text(fields, field, text, sizeof text);
    const bool number = field->type == RV_TYPE_DOUBLE || field->type == RV_TYPE_INT;
    if (!number && !*text)
        return;
    fputs(" [", to);
    if (number)
        fprintf(to, "%g to %g%s%s", field->min, field->max, *field->unit ? " " : "", field->unit);
    if (*text)
        fprintf(to, "%sdefault %s", number ? "; " : "", text);
    fputs("]", to);
}

static void print_field(const rv_fields *fields, const rv_field *field, FILE *to)
{
    char flag[80], left[128];
    cli_flag_name(flag, sizeof flag, default_true(fields, field) ? "" : field->name);
    if (default_true(fields, field)) {
        cli_flag_name(left, sizeof left, field->name);
        snprintf(flag, sizeof flag, "--no-%s", left + 2);
    }
    const char *word = value_word(field);
    snprintf(left, sizeof left, "%s%s%s", flag, *word ? " " : "", word);
    fprintf(to, "  %-26s %s%s", left, default_true(fields, field) ? "do not: " : "", field->help);
    print_range(fields, field, to);
    fputs("\n", to);
}

/* A flag that several sets share is printed once, as the first describes it. */
static bool printed_before(const cli_command *command, int set, const char *name)
{
    for (int s = 0; s < set; s++)
        if (rv_field_find(command->sets[s](), name))
            return true;
    return false;
}

void cli_help_print(const cli_command *command, FILE *to)
{
    fprintf(to, "Usage: revisit %s [OPTION]... %s\n\n%s.\n\n%s\n", command->name, command->operands, command->summary,
            command->about);
    if (command->examples[0])
        fputs("\nExamples:\n", to);
    for (int i = 0; command->examples[i]; i += 2)
        fprintf(to, "  %s\n      %s\n", command->examples[i], command->examples[i + 1]);
    if (command->sets[0])
        fputs("\nOptions:\n", to);
    for (int s = 0; command->sets[s]; s++) {
        const rv_fields *fields = command->sets[s]();
        for (size_t i = 0; i < fields->n; i++)
            if (!printed_before(command, s, fields->field[i].name))
                print_field(fields, &fields->field[i], to);
    }
    fputs("\nOptions of every command (-h, -q, -v for short):\n", to);
    const rv_fields *common = cli_common_fields();
    for (size_t i = 0; i < common->n; i++)
        print_field(common, &common->field[i], to);
}

void cli_help_all(FILE *to)
{
    fputs(
        "Usage: revisit COMMAND [OPTION]... OPERAND...\n\nHolds what is said about a place against what satellites saw "
        "there.\n\nCommands:\n",
        to);
    for (int i = 0; cli_commands[i]; i++)
        if (cli_commands[i] != &cmd_rows)
            fprintf(to, "  %-10s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    fputs("\n'revisit COMMAND --help' explains a command and gives examples.\n\nExit codes: 0 done, 1 failed, 2 wrong "
          "usage, "
          "3 input refused, 4 input damaged, 5 done in part,\n6 integrity failure, 7 storage, 8 locked, 9 stopped and "
          "resumable, 70 our bug.\n",
          to);
}
