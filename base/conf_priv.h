/* base/conf_priv.h - what conf.c, conf_file.c and conf_env.c share. */
#ifndef SVF_BASE_CONF_PRIV_H
#define SVF_BASE_CONF_PRIV_H

#include "base/conf.h"

enum { CONF_NAME_MAX = 64, CONF_TEXT_MAX = 4096 };

struct conf_value {
    char *text;  /* owned */
    char *where; /* owned; NULL = "default" */
    int64_t num; /* whole number, bytes, ms, ppm or 0/1 */
    enum conf_origin origin;
};

struct conf {
    const struct conf_row *rows; /* borrowed */
    size_t n;
    struct conf_value values[]; /* one a row */
};

#endif
