/* base/progress.h - a bar on a terminal, one line a minute otherwise. */
#ifndef SVF_BASE_PROGRESS_H
#define SVF_BASE_PROGRESS_H

#include "base/clk.h"

#include <stdbool.h>
#include <stdint.h>

struct progress {
    int fd; /* borrowed; -1 = silent */
    bool tty;
    struct clk *clk; /* borrowed; only its mono side */
    const char *what;
    mono_t begun;
    mono_t last;
    uint64_t total; /* 0 = not known */
    bool drawn;
};

/* Begin "@what", e.g. "importing"; @fd usually 2, -1 for silence. */
void progress_init(struct progress *p, int fd, struct clk *clk,
                   const char *what, uint64_t total);
/* Tell that @done of total are done; draws at most 5 times a second on a
 * terminal, once a minute elsewhere. @note may be NULL. One thread. */
void progress_at(struct progress *p, uint64_t done, const char *note);
/* Erase the bar; elsewhere nothing. */
void progress_end(struct progress *p);

#endif
