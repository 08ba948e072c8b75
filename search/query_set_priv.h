/* search/query_set_priv.h - a setter for each parameter of params.def. */
#ifndef SVF_SEARCH_QUERY_SET_PRIV_H
#define SVF_SEARCH_QUERY_SET_PRIV_H

#include "search/query_priv.h"

/* A parameter's number is its bit in search_query.given. */
enum param {
#define PARAM(name, setter, type, allowed, help) PARAM_##name,
#define ALIAS(name, of, help)                    PARAM_##name,
#define LATER(name, help)                        PARAM_##name,
#include "search/params.def"
#undef PARAM
#undef ALIAS
#undef LATER
};
#define PARAM_BIT(p) (UINT64_C(1) << (p))

/* What a setter works on. */
struct setting {
    struct search_query *q;
    struct str value;
    wall_t now;
    struct err *e;
};

/* Read s->value into s->q. RC_INPUT tells what is wrong with it; the query
 * is as it was then. */
#define PARAM(name, setter, type, allowed, help)                               \
    int set_##setter(struct setting *s) MUST_CHECK;
#define ALIAS(name, of, help)
#define LATER(name, help)
#include "search/params.def"
#undef PARAM
#undef ALIAS
#undef LATER

#endif
