/*
 * base/conf.h - configuration as one table of typed rows.
 *
 * Rows lie in <folder>/config.def:
 *     CONF("section.key", TYPE, "default", "min", "max", "help")
 * and are joined by cli/ into one array. File, environment and --set all
 * pass through conf_set(); every value remembers where it came from.
 */
#ifndef SVF_BASE_CONF_H
#define SVF_BASE_CONF_H

#include "base/buf.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum conf_type {
    CONF_TEXT,    /* any text; min, max = bytes */
    CONF_SECRET,  /* text that is never printed; not settable by --set */
    CONF_URI,     /* text; printed as uri_to_show() has it */
    CONF_INT,     /* whole number in [min, max]; takes k, M, G */
    CONF_BYTES,   /* size with k, M, G (1024) */
    CONF_DUR,     /* 250ms, 20h, 30d; stored as ms */
    CONF_PERCENT, /* "5 %" or "5"; stored as ppm */
    CONF_BOOL,    /* on/off, true/false, yes/no, 1/0 */
    CONF_CHOICE   /* one of max: "a|b|c" */
};

struct conf_row {
    const char *name; /* "mine.refresh_after" */
    enum conf_type type;
    const char *def;  /* default, as text */
    const char *min;  /* bound as text, NULL = none */
    const char *max;  /* bound as text, choices for CONF_CHOICE */
    const char *help; /* one line */
};

enum conf_origin { CONF_DEFAULT, CONF_FILE, CONF_ENV, CONF_OPTION };

struct conf; /* opaque */

/* Take the defaults of @rows (borrowed, must outlive it). RC_CONFIG when a
 * default does not fit its own row (our bug, told as an error). */
int conf_open(struct conf **ret, const struct conf_row *rows, size_t n,
              struct err *e) MUST_CHECK;
void conf_close(struct conf *c);

/*
 * Set @name to @text. @where names the place for messages and origin:
 * "svf.ini:12", "SVF_LOG_LEVEL", "--set".
 * RC_CONFIG unknown key (the nearest name is told), bad value, or a
 * CONF_SECRET from CONF_OPTION; the message begins with @where.
 */
int conf_set(struct conf *c, const char *name, struct str text,
             enum conf_origin origin, const char *where,
             struct err *e) MUST_CHECK;

/* Read an INI file ("[section]", "key = value", ; and # comments).
 * RC_NOTFOUND, RC_DENIED, RC_IO as file_read_all(); RC_CONFIG with file:line.
 */
int conf_file(struct conf *c, const char *path, struct err *e) MUST_CHECK;

/* Take SVF_SECTION_KEY of @environ for every row; unknown SVF_ names in a
 * known section are RC_CONFIG; others pass, as SVF_CONFIG does. */
int conf_env(struct conf *c, char *const *environ, struct err *e) MUST_CHECK;

/* Values; @name must be in the table (else abort: our bug). */
const char *conf_text(const struct conf *c, const char *name);
int64_t conf_int(const struct conf *c, const char *name);
dur_t conf_dur(const struct conf *c, const char *name);
bool conf_bool(const struct conf *c, const char *name);
enum conf_origin conf_origin(const struct conf *c, const char *name);
/* "default", "svf.ini:12", "SVF_LOG_LEVEL", "--set". */
const char *conf_where(const struct conf *c, const char *name);

/* Append the value as people may see it: a secret as "***", of a URI neither
 * password nor options. */
void conf_show(const struct conf *c, const char *name, struct buf *out);
/* `key = value` per line in table order, values as conf_show() has them;
 * with @origin a trailing "; where". */
void conf_print(const struct conf *c, struct buf *out, bool origin);
/* A commented sample file with every key, its default and its help. */
void conf_sample(const struct conf_row *rows, size_t n, struct buf *out);

/* The row of @rows nearest to @name by edit distance, or NULL. */
const char *conf_nearest(const char *name, const char *const *names, size_t n);

/* Read "250ms", "10s", "4m", "20h", "30d" or bare seconds. */
int conf_parse_dur(struct str s, dur_t *ret, struct err *e) MUST_CHECK;

#endif
