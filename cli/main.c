/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands. */
#include <signal.h>
#include <string.h>

#include "commands.h"

const cli_command *const cli_commands[] = {
    &cmd_run,  &cmd_init,   &cmd_add,   &cmd_align,    &cmd_detect, &cmd_measure, &cmd_judge, &cmd_report,
    &cmd_show, &cmd_verify, &cmd_irmad, &cmd_simulate, &cmd_score,  &cmd_help,    &cmd_rows,  NULL,
};

const cli_command *cli_command_find(const char *name)
{
    for (int i = 0; cli_commands[i]; i++)
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
    return NULL;
}

static void on_signal(int number)
{
    (void)number;
    rv_stop_request();
}

static void catch_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C ends the program at once; the case stays whole */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void unknown_command(const char *name)
{
    if (name[0] == '-') {
        cli_error("there is no option %s before a command; options of a command follow it (see revisit --help)", name);
        return;
    }
    const char *best = NULL;
    for (int i = 0, least = 3; cli_commands[i]; i++)
        if (cli_distance(name, cli_commands[i]->name) < least) {
            least = cli_distance(name, cli_commands[i]->name);
            best = cli_commands[i]->name;
        }
    cli_error("there is no command '%s'%s%s%s (see revisit --help)", name, best ? "; did you mean " : "",
              best ? best : "", best ? "?" : "");
}

static int run_command(const cli_command *command, int argc, char **argv)
{
    cli_args args;
    int code = cli_args_parse(&args, command, argc, argv);
    if (code == 0 && args.common.help)
        cli_help_print(command, stdout);
    else if (code == 0 && (code = cli_out_begin(&args.common)) == 0) {
        catch_signals();
        code = command->run(&args);
        cli_out_end();
    }
    cli_args_release(&args);
    if (fflush(stdout) != 0 && code == 0)
        code = CLI_STORAGE;
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        cli_help_all(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "version") == 0) {
        printf("revisit %s\n", rv_version());
        return CLI_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        cli_help_all(stdout);
        return CLI_DONE;
    }
    const cli_command *command = cli_command_find(argv[1]);
    if (!command) {
        unknown_command(argv[1]);
        return CLI_USAGE;
    }
    return run_command(command, argc - 2, argv + 2);
}
