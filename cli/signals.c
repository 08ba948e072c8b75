/*
 * cli/signals.c - SIGINT and SIGTERM ask for a clean stop.
 *
 * Rules
 *   1. the first signal sets a flag that all long work looks at; a second one
 *      ends the process at once
 *   2. a reader that goes away is an error of write(2), never a signal
 */
#include "cli/cli_priv.h"

#include <signal.h>
#include <unistd.h>

volatile bool cli_stop;
volatile int cli_signal;

static void on_signal(int number)
{
    if (cli_stop) /* a second one: do not wait for the clean way */
        _exit(128 + number);
    cli_signal = number;
    cli_stop = true;
}

void cli_catch_signals(void)
{
    struct sigaction a = { .sa_handler = on_signal };
    sigemptyset(&a.sa_mask);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    a.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &a, NULL);
}
