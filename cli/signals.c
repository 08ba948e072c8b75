/*
 * cli/signals.c - SIGINT and SIGTERM ask for a clean stop.
 *
 * Rules
 *   1. the first signal sets a flag that all long work looks at; another one
 *      ends the process at once, but not within half a second: timeout(1)
 *      sends each signal twice, to the process and to its group
 *   2. a reader that goes away is an error of write(2), never a signal
 */
#include "cli/cli_priv.h"

#include <signal.h>
#include <unistd.h>

enum { SAME_SIGNAL_US = 500000 };

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
               "a signal handler may set only what no lock guards");

atomic_bool cli_stop;
atomic_int cli_signal;

/* The handler's own; main's thread is the only one that takes signals. */
static mono_t first_at;

static void on_signal(int number)
{
    mono_t now = clk_mono(clk_real()); /* clock_gettime is signal-safe */
    if (cli_stop && now.us - first_at.us > SAME_SIGNAL_US)
        _exit(128 + number);
    if (cli_stop)
        return;
    first_at = now;
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
