/* base/err.h - the one way to fail: a closed list of codes and one line. */
#ifndef SVF_BASE_ERR_H
#define SVF_BASE_ERR_H

#include "base/attr.h"

#include <stdarg.h>
#include <stdint.h>

/* Named for what the caller can do. Functions return one of these. */
enum rc {
    RC_OK = 0,
    RC_NOTFOUND,  /* there is no such thing */
    RC_EXISTS,    /* it is there already, or changed since it was read */
    RC_AGAIN,     /* retry at retry_at */
    RC_LIMIT,     /* quota or a configured bound is reached */
    RC_DENIED,    /* key or permission refused */
    RC_INPUT,     /* bad data from outside: argument, file, answer */
    RC_CONFIG,    /* bad configuration */
    RC_IO,        /* the operating system refused; sys = errno */
    RC_DOWN,      /* the peer or server cannot be reached */
    RC_CORRUPT,   /* stored data is damaged */
    RC_NOMEM,     /* out of memory */
    RC_CANCELLED, /* somebody asked to stop */
    RC_UNKNOWN,   /* may or may not have happened: read again */
    RC_FENCED,    /* somebody holds a newer token */
    RC_LOST,      /* history is gone: rebuild */
    RC_COUNT
};

/* On the caller's stack, fixed size, never allocates; may be NULL. */
struct err {
    int code;            /* enum rc */
    int sys;             /* errno, curl code, HTTP status or server code */
    int64_t retry_at_ms; /* wall clock, ms since 1970; 0 = not known */
    char msg[240];       /* one line, offending value quoted and cut */
};

#define ERR_INIT                                                               \
    {                                                                          \
        .code = RC_OK, .sys = 0, .retry_at_ms = 0, .msg = ""                   \
    }

/* Fill @e and return @code: `return err_set(e, RC_INPUT, "...")`. */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The same with the system's own code kept: errno, HTTP status, … */
int err_sys(struct err *e, int code, int sys, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Put "while doing what: " in front of the message of @e; returns @code. */
int err_wrap(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Return the name of @code in small letters, "notfound"; never NULL. */
const char *err_name(int code);

#endif
