/*
 * base/err.c - fills struct err.
 *
 * Rules
 *   1. a message is one line: control characters become blanks
 *   2. a message that does not fit is cut at its end, never at its front
 *   3. nothing allocates, nothing fails
 */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

static const char *const names[RC_COUNT] = {
    [RC_OK] = "ok",           [RC_NOTFOUND] = "notfound",
    [RC_EXISTS] = "exists",   [RC_AGAIN] = "again",
    [RC_LIMIT] = "limit",     [RC_DENIED] = "denied",
    [RC_INPUT] = "input",     [RC_CONFIG] = "config",
    [RC_IO] = "io",           [RC_DOWN] = "down",
    [RC_CORRUPT] = "corrupt", [RC_NOMEM] = "nomem",
    [RC_UNKNOWN] = "unknown", [RC_CANCELLED] = "cancelled",
    [RC_FENCED] = "fenced",   [RC_LOST] = "lost",
};

const char *err_name(int code)
{
    if (code < 0 || code >= RC_COUNT)
        return "unnamed";
    return names[code];
}

static void one_line(char *msg)
{
    for (char *p = msg; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
}

static void fill(struct err *e, int code, int sys, const char *fmt, va_list ap)
{
    struct err made = { .code = code, .sys = sys };
    vsnprintf(made.msg, sizeof(made.msg), fmt, ap); /* may read e->msg */
    one_line(made.msg);
    *e = made;
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
    if (!e)
        return code;
    va_list ap;
    va_start(ap, fmt);
    fill(e, code, 0, fmt, ap);
    va_end(ap);
    return code;
}

int err_sys(struct err *e, int code, int sys, const char *fmt, ...)
{
    if (!e)
        return code;
    va_list ap;
    va_start(ap, fmt);
    fill(e, code, sys, fmt, ap);
    va_end(ap);
    return code;
}

int err_wrap(struct err *e, int code, const char *fmt, ...)
{
    if (!e)
        return code;
    char old[sizeof(e->msg)];
    memcpy(old, e->msg, sizeof(old));
    char front[sizeof(e->msg)];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(front, sizeof(front), fmt, ap);
    va_end(ap);
    e->code = code;
    size_t n = strlen(front);
    memcpy(e->msg, front, n + 1);
    int room = (int)(sizeof(e->msg) - 1 - n);
    snprintf(e->msg + n, sizeof(e->msg) - n, "%.*s", room > 2 ? 2 : room, ": ");
    n = strlen(e->msg);
    room = (int)(sizeof(e->msg) - 1 - n);
    snprintf(e->msg + n, sizeof(e->msg) - n, "%.*s", room, old);
    one_line(e->msg);
    return code;
}
