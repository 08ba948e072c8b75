/* base/conf_priv.h - what conf.c, conf_file.c and conf_env.c share. */
#ifndef SVF_BASE_CONF_PRIV_H
#define SVF_BASE_CONF_PRIV_H

#include "base/conf.h"

enum { CONF_NAME_MAX = 64, CONF_TEXT_MAX = 4096 };

struct conf_value {
    char *text;  /* owned */
    char *where; /* owned; NULL = "default" */
    int64_t num; /* see conf_check() */
    enum conf_origin origin;
};

struct conf {
    const struct conf_row *rows; /* borrowed */
    size_t n;
    struct conf_value values[]; /* one a row */
};

/*
 * Read @s as @row's type and hold it against the row's bounds. *@ret is the
 * number that conf_int() gives: bytes, ms, ppm, 0/1, the index of a choice,
 * the length of a text. RC_INPUT otherwise.
 */
int conf_check(const struct conf_row *row, struct str s, int64_t *ret,
               struct err *e) MUST_CHECK;

#endif
