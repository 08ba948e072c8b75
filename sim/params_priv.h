/* sim/params_priv.h - query parameters, decoded and checked by a table. */
#ifndef SVF_SIM_PARAMS_PRIV_H
#define SVF_SIM_PARAMS_PRIV_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"
#include "sim/errors_priv.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    PARAMS_MAX = 300,             /* "id" may be repeated 50 times and more */
    PARAMS_QUERY_MAX = 16 * 1024, /* bytes of a raw query */
    PARAMS_LIST_MAX = 512         /* values of one list */
};

struct param {
    struct str name, value; /* decoded; in the arena */
};

struct params {
    struct param at[PARAMS_MAX];
    size_t n;
};

enum param_kind {
    PARAM_TEXT,
    PARAM_LIST,   /* may be repeated, and holds comma lists */
    PARAM_NUMBER, /* whole, in [min, max] */
    PARAM_CHOICE, /* one of choices, "a|b|c" */
    PARAM_BOOL,
    PARAM_TIME /* RFC 3339 */
};

/* A parameter as the discovery document declares it. */
struct param_spec {
    const char *name;
    enum param_kind kind;
    uint32_t min, max;
    const char *choices;
};

/* Decode the raw query @raw (without '?') into @ret, text in @arena. */
int params_decode(struct str raw, struct arena *arena, struct params *ret,
                  struct api_error *x) MUST_CHECK;
/* Check every parameter against @specs, or the common ones. */
int params_check(const struct params *p, const struct param_spec *specs,
                 size_t n, struct api_error *x) MUST_CHECK;

/* The value of @name; p is NULL when absent or empty. */
struct str params_get(const struct params *p, const char *name);
bool params_has(const struct params *p, const char *name);
/* A checked number, or @def when absent. */
uint32_t params_number(const struct params *p, const char *name, uint32_t def);
/* A checked truth value, or @def when absent. */
bool params_bool(const struct params *p, const char *name, bool def);
/* The values of a list, commas and repetitions alike; empty ones are left
 * out. At most @max; the number found may be larger. */
size_t params_list(const struct params *p, const char *name, struct str *ret,
                   size_t max);

#endif
