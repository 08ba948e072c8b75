/* base/log.h - one line per event: text for people, JSON for machines. */
#ifndef SVF_BASE_LOG_H
#define SVF_BASE_LOG_H

#include "base/attr.h"
#include "base/clk.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

struct log; /* opaque; made by log_open() */

/* A key that no formatter prints: it has no accessor for printf. */
struct secret {
    char bytes[256]; /* terminated */
};

/*
 * Write to descriptor @fd (borrowed; usually 2). Timestamps from @clk.
 * Returns NULL when memory ends. Threads: log_event() from any.
 */
struct log *log_open(int fd, enum log_level level, enum log_format format,
                     struct clk *clk);
void log_close(struct log *l);
/* True when an event of @level would be written; @l may be NULL (false). */
bool log_on(const struct log *l, enum log_level level);
void log_set_level(struct log *l, enum log_level level);
/* RC_INPUT unless @name is error, warn, info or debug. */
bool log_level_parse(struct str name, enum log_level *ret);

/*
 * Write one event: `ts level comp ev key=value …`, in one write(2).
 * @fmt    space separated key=value pairs, printf style; a value with
 *         blanks is written as key="a b". NULL for none.
 * @l may be NULL: nothing happens.
 */
void log_event(struct log *l, enum log_level level, const char *comp,
               const char *ev, const char *fmt, ...) PRINTF_LIKE(5, 6);

/*
 * The same for events that may come in floods: the first of each
 * (comp, ev) at once, later ones counted and written as "x N in 60 s".
 */
void log_often(struct log *l, enum log_level level, const char *comp,
               const char *ev, const char *fmt, ...) PRINTF_LIKE(5, 6);

#endif
