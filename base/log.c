/*
 * base/log.c - events as text or JSON lines.
 *
 * Rules
 *   1. one event is one line and one write(2); a line that the descriptor
 *      refuses is lost, never an error of the caller
 *   2. the keys come from the format, the values from the arguments: the
 *      format is cut into pairs before it is filled, so that no value can
 *      pose as another pair
 *   3. the same call gives the same bytes, save for the time
 *
 * Threads: any. Locks: l->mu, held while a line is built and written.
 * Does not do: rotation (the service manager's), buffering.
 */
#include "base/log.h"

#include "base/buf.h"
#include "base/cal.h"
#include "base/jsonw.h"
#include "base/num.h"
#include "base/thr.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    VALUES_MAX = 2048,          /* bytes of one event's pairs, before escapes */
    LINE_MAX_BYTES = 16 * 1024, /* every byte escaped, and the front */
    FORMAT_MAX = 512,
    OFTEN_MAX = 64, /* kinds of events counted at a time */
    WORD_MAX = 40,
    OFTEN_WINDOW_S = 60
};

/* Parts pairs of a format; values that hold one are written with a blank. */
#define PAIR_END '\x1f'

static const char *const level_names[] = { "error", "warn", "info", "debug" };

struct often {
    char comp[WORD_MAX];
    char ev[WORD_MAX];
    enum log_level level;
    mono_t begun;
    uint64_t more; /* events since the first */
    bool used;
};

struct log {
    struct mtx mu;
    int fd;
    enum log_format format;
    struct clk *clk; /* borrowed */
    enum log_level level;
    struct buf line;               /* mu */
    struct often often[OFTEN_MAX]; /* mu */
};

struct log *log_open(int fd, enum log_level level, enum log_format format,
                     struct clk *clk)
{
    struct log *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    mtx_init(&l->mu);
    l->fd = fd;
    l->format = format;
    l->clk = clk;
    l->level = level;
    l->line = (struct buf)BUF_INIT(LINE_MAX_BYTES);
    return l;
}

bool log_on(const struct log *l, enum log_level level)
{
    return l && level <= l->level;
}

bool log_level_parse(struct str name, enum log_level *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
        if (str_eqz(name, level_names[i])) {
            *ret = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/* "2026-11-20T08:00:00.123Z" */
static void put_time(struct buf *b, wall_t now)
{
    char text[CAL_TEXT];
    cal_text(now, text);
    int64_t ms = now.ms - wall_s(now) * 1000;
    size_t n = strlen(text);
    buf_f(b, "%.*s.%03dZ", (int)n - 1, text, (int)ms);
}

static bool needs_quotes(struct str s)
{
    if (!s.n)
        return true;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f)
            return true;
    }
    return false;
}

static void put_text_pair(struct buf *b, struct str key, struct str value)
{
    buf_c(b, ' ');
    buf_str(b, key);
    buf_c(b, '=');
    if (needs_quotes(value))
        jsonw_quote(b, value);
    else
        buf_str(b, value);
}

static bool is_number(struct str s)
{
    double v;
    return num_f64(s, &v, NULL) == RC_OK && s.p[0] != '+' && s.p[0] != '.' &&
           s.p[s.n - 1] != '.';
}

static void put_json_pair(struct buf *b, struct str key, struct str value,
                          bool number)
{
    buf_c(b, ',');
    jsonw_quote(b, key);
    buf_c(b, ':');
    if (number && is_number(value))
        buf_str(b, value);
    else
        jsonw_quote(b, value);
}

static void put_front(struct log *l, enum log_level level, const char *comp,
                      const char *ev)
{
    struct buf *b = &l->line;
    buf_reset(b);
    if (l->format == LOG_TEXT) {
        put_time(b, clk_wall(l->clk));
        buf_f(b, " %s %s %s", level_names[level], comp, ev);
        return;
    }
    buf_z(b, "{\"ts\":\"");
    put_time(b, clk_wall(l->clk));
    buf_f(b, "\",\"level\":\"%s\",\"comp\":\"%s\",\"ev\":\"%s\"",
          level_names[level], comp, ev);
}

/* @spec is the value's part of the format: "%d", "\"%s\"". */
static void put_pair(struct log *l, struct str key, struct str value,
                     struct str spec)
{
    if (spec.n && spec.p[0] == '"' && value.n >= 2) {
        value = str_from(value, 1);
        if (value.p[value.n - 1] == '"')
            value.n--;
    }
    bool number = spec.n > 1 && spec.p[0] == '%' &&
                  memchr("diufg", spec.p[spec.n - 1], 5);
    if (l->format == LOG_TEXT)
        put_text_pair(&l->line, key, value);
    else
        put_json_pair(&l->line, key, value, number);
}

static void write_line(struct log *l)
{
    buf_z(&l->line, l->format == LOG_TEXT ? "\n" : "}\n");
    if (l->line.failed)
        return;
    ssize_t done;
    do {
        done = write(l->fd, l->line.p, l->line.n);
    } while (done < 0 && errno == EINTR);
}

/* Copy @fmt with PAIR_END for the blanks between pairs (not in quotes). */
static void part_format(char *out, size_t room, const char *fmt)
{
    bool quoted = false;
    size_t n = 0;
    for (; fmt[n] && n + 1 < room; n++) {
        if (fmt[n] == '"')
            quoted = !quoted;
        out[n] = fmt[n] == ' ' && !quoted ? PAIR_END : fmt[n];
    }
    out[n] = '\0';
}

static size_t count_ends(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == PAIR_END;
    return n;
}

static struct str cut_key(struct str *pair)
{
    struct str key;
    if (!str_split(pair, '=', &key) || !pair->p)
        *pair = str_n("", 0);
    return key;
}

/*
 * Walk format and filled text side by side (rule 2). When a value holds
 * PAIR_END itself, or was cut with its pairs, they no longer match: the
 * whole text becomes the one value "text".
 */
static void put_pairs(struct log *l, struct str fmt, struct str text)
{
    if (count_ends(fmt) != count_ends(text)) {
        put_pair(l, STR("text"), text, str_n("", 0));
        return;
    }
    struct str spec, value;
    while (str_split(&fmt, PAIR_END, &spec) &&
           str_split(&text, PAIR_END, &value)) {
        struct str key = cut_key(&spec);
        (void)cut_key(&value);
        if (key.n)
            put_pair(l, key, value, spec);
    }
}

static void put_format(struct log *l, const char *fmt, va_list ap)
{
    char parted[FORMAT_MAX];
    char text[VALUES_MAX];
    part_format(parted, sizeof(parted), fmt);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    /* Checked at the call of log_event(); only blanks were exchanged. */
    vsnprintf(text, sizeof(text), parted, ap);
#pragma GCC diagnostic pop
    put_pairs(l, str_of(parted), str_of(text));
}

static void tell_repeats_locked(struct log *l, struct often *o, int64_t s)
    NEEDS(l->mu);
static void close_windows_locked(struct log *l, bool all) NEEDS(l->mu);
static void event_locked(struct log *l, enum log_level level, const char *comp,
                         const char *ev, const char *fmt, va_list ap)
    NEEDS(l->mu);

static void tell_repeats_locked(struct log *l, struct often *o, int64_t s)
{
    char text[64];
    snprintf(text, sizeof(text), "x %llu in %lld s",
             (unsigned long long)o->more, (long long)s);
    put_front(l, o->level, o->comp, o->ev);
    put_pair(l, STR("repeated"), str_of(text), str_n("", 0));
    write_line(l);
}

/* Tell and forget the windows that are over, or all of them. */
static void close_windows_locked(struct log *l, bool all)
{
    for (size_t i = 0; i < OFTEN_MAX; i++) {
        struct often *o = &l->often[i];
        if (!o->used)
            continue;
        int64_t s = mono_since(o->begun, clk_mono(l->clk)).ms / 1000;
        if (!all && s < OFTEN_WINDOW_S)
            continue;
        if (o->more)
            tell_repeats_locked(l, o, s);
        o->used = false;
    }
}

static void event_locked(struct log *l, enum log_level level, const char *comp,
                         const char *ev, const char *fmt, va_list ap)
{
    put_front(l, level, comp, ev);
    if (fmt)
        put_format(l, fmt, ap);
    write_line(l);
}

void log_event(struct log *l, enum log_level level, const char *comp,
               const char *ev, const char *fmt, ...)
{
    if (!log_on(l, level))
        return;
    va_list ap;
    va_start(ap, fmt);
    mtx_lock(&l->mu);
    close_windows_locked(l, false);
    event_locked(l, level, comp, ev, fmt, ap);
    mtx_unlock(&l->mu);
    va_end(ap);
}

/* True when the event was counted and must not be written. */
static bool repeats_locked(struct log *l, enum log_level level,
                           const char *comp, const char *ev) NEEDS(l->mu);

static bool repeats_locked(struct log *l, enum log_level level,
                           const char *comp, const char *ev)
{
    struct often *unused = NULL;
    for (size_t i = 0; i < OFTEN_MAX; i++) {
        struct often *o = &l->often[i];
        if (!o->used) {
            unused = unused ? unused : o;
        } else if (strcmp(o->comp, comp) == 0 && strcmp(o->ev, ev) == 0) {
            o->more++;
            return true;
        }
    }
    if (unused) {
        *unused = (struct often){ .level = level,
                                  .begun = clk_mono(l->clk),
                                  .used = true };
        snprintf(unused->comp, sizeof(unused->comp), "%s", comp);
        snprintf(unused->ev, sizeof(unused->ev), "%s", ev);
    }
    return false;
}

void log_often(struct log *l, enum log_level level, const char *comp,
               const char *ev, const char *fmt, ...)
{
    if (!log_on(l, level))
        return;
    va_list ap;
    va_start(ap, fmt);
    mtx_lock(&l->mu);
    close_windows_locked(l, false);
    if (!repeats_locked(l, level, comp, ev))
        event_locked(l, level, comp, ev, fmt, ap);
    mtx_unlock(&l->mu);
    va_end(ap);
}

void log_close(struct log *l)
{
    if (!l)
        return;
    mtx_lock(&l->mu);
    close_windows_locked(l, true);
    mtx_unlock(&l->mu);
    buf_fini(&l->line);
    mtx_fini(&l->mu);
    free(l);
}
