/* SPDX-License-Identifier: Apache-2.0 */
/* argv to described structs: --min-area-m2 40, --min-area-m2=40, --inventory, --no-inventory, -q, and -- before operands
 * that begin with a dash. A command never sees a flag's text; it gets filled structs. */
#include "args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

static const cli_common common_defaults = { .progress = "auto" };

const rv_fields *cli_common_fields(void)
{
    static const rv_field rows[] = {
        RV_BOOL(cli_common, help, "print this help"),
        RV_BOOL(cli_common, json, "print results as JSON on standard output"),
        RV_BOOL(cli_common, quiet, "print errors only"),
        RV_BOOL(cli_common, verbose, "print details of the work"),
        RV_BOOL(cli_common, dry_run, "say what would be done, and do nothing"),
        RV_INT(cli_common, threads, 0, 256, "", "worker threads; 0 is one for each processor (or REVISIT_THREADS)"),
        RV_STRING(cli_common, ram, "SIZE", "memory to plan with, such as 512M or 2G (or REVISIT_RAM); default 1G"),
        RV_STRING(cli_common, progress, "WHEN", "progress on standard error: auto, json or none"),
    };
    static const rv_fields fields = { "common", sizeof(cli_common), &common_defaults, rows,
                                      sizeof rows / sizeof *rows };
    return &fields;
}

uint64_t cli_size_parse(const char *text)
{
    char *end;
    const double number = strtod(text, &end);
    const char *const units = "kKmMgG";
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (end == text || number <= 0 ||
        (*end && (!unit || (end[1] && strcmp(end + 1, "iB") != 0 && strcmp(end + 1, "B") != 0))))
        return 0;
    const int power = unit ? (int)(unit - units) / 2 + 1 : 0;
    const double bytes = number * (double)(UINT64_C(1) << (10 * power));
    return bytes < 1e18 ? (uint64_t)bytes : 0;
}

/* Long names are cut. */
int cli_distance(const char *a, const char *b)
{
    enum { N = 48 };
    int row[N + 1];
    const int nb = (int)strnlen(b, N);
    for (int j = 0; j <= nb; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= nb; j++) {
            const int up = row[j];
            int best = diagonal + (a[i - 1] != b[j - 1]);
            best = up + 1 < best ? up + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = up;
        }
    }
    return row[nb];
}

static void suggest_from(const rv_fields *fields, const char *name, const char **best, int *least)
{
    for (size_t i = 0; i < fields->n; i++) {
        const int d = cli_distance(name, fields->field[i].name);
        if (d < *least) {
            *least = d;
            *best = fields->field[i].name;
        }
    }
}

static int unknown(const cli_args *args, const char *name)
{
    const char *best = NULL;
    int least = 4;
    suggest_from(cli_common_fields(), name, &best, &least);
    for (int s = 0; args->command->sets[s]; s++)
        suggest_from(args->command->sets[s](), name, &best, &least);
    char flag[64] = "";
    if (best)
        cli_flag_name(flag, sizeof flag, best);
    cli_error("unknown option --%s%s%s%s (see revisit %s --help)", name, best ? "; did you mean " : "", flag,
              best ? "?" : "", args->command->name);
    return CLI_USAGE;
}

/* Give one flag to every set that has it. Returns how many took it, or -1 after a message. */
static int give(cli_args *args, const char *name, const char *value, bool *is_bool, bool test_only)
{
    int taken = 0;
    for (int s = -1; s < 0 || args->command->sets[s]; s++) {
        const rv_fields *fields = s < 0 ? cli_common_fields() : args->command->sets[s]();
        const rv_field *field = rv_field_find(fields, name);
        if (!field)
            continue;
        taken++;
        *is_bool = field->type == RV_TYPE_BOOL;
        if (!test_only && rv_field_parse(field, s < 0 ? (void *)&args->common : args->set[s], value) < 0) {
            cli_error("%s", rv_last_error());
            return -1;
        }
        if (!test_only && s >= 0)
            args->given[s] |= UINT64_C(1) << (field - fields->field);
    }
    return taken;
}

/* One long flag at argv[i]. Returns how many words it used, or -1. */
static int long_flag(cli_args *args, int i)
{
    char name[64];
    const char *text = args->argv[i] + 2, *equals = strchr(text, '=');
    const size_t n = equals ? (size_t)(equals - text) : strlen(text);
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), text);
    bool is_bool = false;
    const char *value = equals ? equals + 1 : NULL;
    if (give(args, name, NULL, &is_bool, true) > 0) {
        if (is_bool && !value)
            return give(args, name, "true", &is_bool, false) < 0 ? -1 : 1;
        if (!value && i + 1 >= args->argc) {
            cli_error("option --%s needs a value", name);
            return -1;
        }
        return give(args, name, value ? value : args->argv[i + 1], &is_bool, false) < 0 ? -1 : value ? 1 : 2;
    }
    if (strncmp(name, "no-", 3) == 0 && !value && give(args, name + 3, NULL, &is_bool, true) > 0 && is_bool)
        return give(args, name + 3, "false", &is_bool, false) < 0 ? -1 : 1;
    unknown(args, name);
    return -1;
}

static int short_flag(cli_args *args, const char *text)
{
    for (const char *p = text + 1; *p; p++) {
        if (*p == 'h')
            args->common.help = true;
        else if (*p == 'q')
            args->common.quiet = true;
        else if (*p == 'v')
            args->common.verbose = true;
        else {
            cli_error("unknown option -%c (see revisit %s --help)", *p, args->command->name);
            return -1;
        }
    }
    return 1;
}

static int check_operands(const cli_args *args)
{
    const cli_command *c = args->command;
    if (args->common.help)
        return 0;
    if (args->common.dry_run && !c->can_dry_run)
        cli_error("revisit %s has no --dry-run; run and add have", c->name);
    else if (args->n_operands < c->min_operands)
        cli_error("revisit %s needs %s (see revisit %s --help)", c->name, c->operands, c->name);
    else if (c->max_operands >= 0 && args->n_operands > c->max_operands)
        cli_error("revisit %s takes %s; '%s' is one too many", c->name, *c->operands ? c->operands : "no operand",
                  args->operand[c->max_operands]);
    else
        return 0;
    return CLI_USAGE;
}

int cli_args_parse(cli_args *args, const cli_command *command, int argc, char **argv)
{
    *args = (cli_args){ .command = command, .common = common_defaults, .argc = argc, .argv = argv };
    args->operand = calloc((size_t)argc + 1, sizeof *args->operand);
    if (!args->operand)
        return CLI_FAILED;
    for (int s = 0; command->sets[s]; s++) {
        const rv_fields *fields = command->sets[s]();
        if (!(args->set[s] = calloc(1, fields->size)))
            return CLI_FAILED;
        rv_fields_init(fields, args->set[s]);
    }
    bool operands_only = false;
    for (int i = 0, used; i < argc; i += used) {
        used = 1;
        if (operands_only || argv[i][0] != '-' || !argv[i][1])
            args->operand[args->n_operands++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            operands_only = true;
        else if ((used = argv[i][1] == '-' ? long_flag(args, i) : short_flag(args, argv[i])) < 0)
            return CLI_USAGE;
    }
    return check_operands(args);
}

void cli_args_release(cli_args *args)
{
    for (int s = 0; s < CLI_SETS_MAX; s++)
        free(args->set[s]);
    free(args->operand);
}

int cli_args_values(const cli_args *args, const char *name, const char **out, int max)
{
    char flag[64];
    cli_flag_name(flag, sizeof flag, name);
    const size_t length = strlen(flag);
    int n = 0;
    for (int i = 0; i < args->argc && strcmp(args->argv[i], "--") != 0; i++) {
        const char *word = args->argv[i], *value = NULL;
        if (strncmp(word, flag, length) != 0)
            continue;
        if (word[length] == '=')
            value = word + length + 1;
        else if (!word[length] && i + 1 < args->argc)
            value = args->argv[++i];
        if (value && n++ < max)
            out[n - 1] = value;
    }
    return n;
}
