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
/* Read error, warn, info or debug; false for anything else. */
bool log_level_parse(struct str name, enum log_level *ret);

/*
 * Write one event: `ts level comp ev key=value …`, in one write(2).
 * @comp, @ev  short constant words
 * @fmt        constant: "key=%d other=%s" or key=\"%s\", one blank between
 *             pairs; NULL for none. A value is quoted in the text form when
 *             it needs to be, and can never pose as another pair. In the
 *             JSON form a value is a number when its conversion is one.
 * @l          may be NULL: nothing happens
 *
 * At most 2 kB of values; the rest is cut. An event that cannot be written
 * is lost. Threads: any.
 */
void log_event(struct log *l, enum log_level level, const char *comp,
               const char *ev, const char *fmt, ...) PRINTF_LIKE(5, 6);

/*
 * The same for events that may come in floods: the first of each
 * (comp, ev) at once, those of the next 60 s are counted and told as
 * `repeated="x N in 60 s"` by the first event after that, or at the end.
 */
void log_often(struct log *l, enum log_level level, const char *comp,
               const char *ev, const char *fmt, ...) PRINTF_LIKE(5, 6);

#endif
