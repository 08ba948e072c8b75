/*
 * base/progress.c - how far a long piece of work is.
 *
 * Rules
 *   1. a bar only on a terminal; a log gets whole lines, one a minute
 *   2. what cannot be written is not an error
 */
#include "base/progress.h"

#include "base/buf.h"

#include <unistd.h>

enum { LINE_BYTES = 512, TTY_EVERY_MS = 200, LINE_EVERY_MS = 60000 };

void progress_init(struct progress *p, int fd, struct clk *clk,
                   const char *what, uint64_t total)
{
    mono_t now = clk_mono(clk);
    *p = (struct progress){ .fd = fd,
                            .tty = fd >= 0 && isatty(fd),
                            .clk = clk,
                            .what = what,
                            .begun = now,
                            .last = now,
                            .total = total };
}

static void send(const struct progress *p, struct buf *b)
{
    if (!b->failed)
        (void)!write(p->fd, b->p, b->n);
    buf_fini(b);
}

/* "importing: 1234 of 5678 (21 %), 205/s, note" */
static void put_state(struct buf *b, const struct progress *p, uint64_t done,
                      int64_t ms, const char *note)
{
    buf_f(b, "%s: ", p->what);
    buf_u64(b, done);
    if (p->total) {
        double share = 100.0 * (double)done / (double)p->total;
        buf_z(b, " of ");
        buf_u64(b, p->total);
        buf_f(b, " (%d %%)", share > 100.0 ? 100 : (int)share);
    }
    if (ms > 0)
        buf_f(b, ", %.0f/s", (double)done * 1000.0 / (double)ms);
    if (note)
        buf_f(b, ", %s", note);
}

void progress_at(struct progress *p, uint64_t done, const char *note)
{
    if (p->fd < 0)
        return;
    mono_t now = clk_mono(p->clk);
    int64_t every = p->tty ? TTY_EVERY_MS : LINE_EVERY_MS;
    if (mono_since(p->last, now).ms < every)
        return;
    p->last = now;
    struct buf b = BUF_INIT(LINE_BYTES);
    if (p->tty)
        buf_z(&b, "\r\033[K");
    put_state(&b, p, done, mono_since(p->begun, now).ms, note);
    if (!p->tty)
        buf_c(&b, '\n');
    p->drawn = p->tty;
    send(p, &b);
}

void progress_end(struct progress *p)
{
    if (!p->drawn)
        return;
    struct buf b = BUF_INIT(LINE_BYTES);
    buf_z(&b, "\r\033[K");
    send(p, &b);
    p->drawn = false;
}
