/*
 * search/query.c - parameters into a struct search_query, by the table
 * params.def.
 *
 * Rules
 *   1. nothing is guessed: an unknown name, a repeated one, a bad value and
 *      a parameter that is not built yet are refused, and the refusal names
 *      the parameter and what would do
 *   2. a parameter counts as repeated when its alias was given before
 *   3. a failed set leaves the query as it was
 *
 * The values themselves are read by query_set.c.
 *
 * Threads: any, each with its own query.
 */
#include "search/query_set_priv.h"

#include "base/conf.h"
#include "base/digest.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdlib.h>

/* ---- the table ---- */

const struct search_param search_params[] = {
#define PARAM(name, setter, type, allowed, help)                               \
    { #name, NULL, type, allowed, help, true },
#define ALIAS(name, of, help) { #name, #of, "string", "", help, true },
#define LATER(name, help)     { #name, NULL, "string", "", help, false },
#include "search/params.def"
#undef PARAM
#undef ALIAS
#undef LATER
};
const size_t search_params_n = ARRAY_LEN(search_params);

/* ---- life ---- */

void search_query_init(struct search_query *q)
{
    *q = (struct search_query){ .limit = 20, .ratio = RATIO_LIKES_VIEWS };
}

void search_query_fini(struct search_query *q)
{
    if (!q)
        return;
    free(q->ids);
    free(q->channels);
    search_query_init(q);
}

/* ---- setting ---- */

/* NULL for what has no setter of its own. */
static int (*const setters[])(struct setting *) = {
#define PARAM(name, setter, type, allowed, help) set_##setter,
#define ALIAS(name, of, help)                    NULL,
#define LATER(name, help)                        NULL,
#include "search/params.def"
#undef PARAM
#undef ALIAS
#undef LATER
};
static_assert(ARRAY_LEN(setters) <= 64, "search_query.given has a bit each");

/* The number of @name, search_params_n when unknown. */
static size_t find(struct str name)
{
    size_t i = 0;
    while (i < search_params_n && !str_eqz(name, search_params[i].name))
        i++;
    return i;
}

/* Copy as much as fits, whole characters, terminated. */
static void copy_cut(char *to, size_t size, struct str from)
{
    size_t n = 0;
    while (n < from.n) {
        size_t len = utf8_len(str_from(from, n));
        if (len == 0 || n + len >= size)
            break;
        n += len;
    }
    if (n)
        memcpy(to, from.p, n);
    to[n] = 0;
}

static void describe(struct search_problem *problem, struct str name,
                     const char *reason, const char *allowed)
{
    if (!problem)
        return;
    copy_cut(problem->parameter, sizeof(problem->parameter), name);
    copy_cut(problem->reason, sizeof(problem->reason), str_of(reason));
    copy_cut(problem->allowed, sizeof(problem->allowed), str_of(allowed));
}

/* Refuse @name: "name: reason; allowed". */
static int refuse(struct search_problem *problem, struct str name,
                  const char *reason, const char *allowed, struct err *e)
{
    char shown[sizeof(problem->parameter)];
    copy_cut(shown, sizeof(shown), name);
    describe(problem, name, reason, allowed);
    if (!*allowed)
        return err_set(e, RC_INPUT, "%s: %s", shown, reason);
    return err_set(e, RC_INPUT, "%s: %s; allowed: %s", shown, reason, allowed);
}

static int refuse_unknown(struct search_problem *problem, struct str name,
                          struct err *e)
{
    const char *names[ARRAY_LEN(search_params)];
    char wanted[40], reason[120];
    for (size_t i = 0; i < search_params_n; i++)
        names[i] = search_params[i].name;
    copy_cut(wanted, sizeof(wanted), name);
    const char *nearest = conf_nearest(wanted, names, search_params_n);
    snprintf(reason, sizeof(reason), "no such parameter%s%s%s",
             nearest ? "; did you mean '" : "", nearest ? nearest : "",
             nearest ? "'?" : "");
    return refuse(problem, name, reason, "", e);
}

/* Rule 2 by its number, and what the cursor has to agree with. */
static void note(struct search_query *q, size_t i, struct str value)
{
    q->given |= PARAM_BIT(i);
    if (i == PARAM_limit || i == PARAM_cursor || i == PARAM_fields)
        return;
    uint64_t h = digest_u8(DIGEST_INIT, (unsigned char)i);
    q->asked += digest_mix(digest_bytes(h, value.p, value.n));
}

int search_query_set(struct search_query *q, struct str name, struct str value,
                     wall_t now, struct search_problem *problem, struct err *e)
{
    size_t i = find(name);
    if (i == search_params_n)
        return refuse_unknown(problem, name, e);
    const struct search_param *p = &search_params[i];
    if (!p->built)
        return refuse(problem, name, "not built yet", "", e);
    if (p->alias_of)
        i = find(str_of(p->alias_of));
    if (q->given & PARAM_BIT(i))
        return refuse(problem, name, "given twice, perhaps by another name", "",
                      e);
    struct err why = ERR_INIT;
    struct setting s = { .q = q, .value = value, .now = now, .e = &why };
    int rc = setters[i](&s);
    if (rc == RC_INPUT)
        return refuse(problem, name, why.msg, search_params[i].allowed, e);
    if (rc)
        return err_set(e, rc, "%s", why.msg);
    note(q, i, value);
    return RC_OK;
}

/* ---- checking ---- */

static bool sorted_by(const struct search_query *q, enum search_sort by)
{
    for (size_t i = 0; i < q->n_sort; i++)
        if (q->sort[i].by == by)
            return true;
    return false;
}

static bool empty(const struct search_range *r)
{
    return r->has_min && r->has_max && r->min > r->max;
}

int search_query_check(const struct search_query *q,
                       struct search_problem *problem, struct err *e)
{
    if (q->duration.has_min && empty(&q->duration))
        return refuse(problem, STR("durationMin"), "larger than durationMax",
                      "", e);
    if (empty(&q->views))
        return refuse(problem, STR("viewsMin"), "larger than viewsMax", "", e);
    if (q->published_from && q->published_to &&
        q->published_from >= q->published_to)
        return refuse(problem, STR("publishedAfter"),
                      "not before publishedBefore", "", e);
    if (q->top > 0 && q->bottom > 0)
        return refuse(problem, STR("bottom"), "not together with top", "", e);
    if (sorted_by(q, SORT_RELEVANCE) && !*q->q)
        return refuse(problem, STR("sort"),
                      "relevance needs words to search for", "", e);
    if ((q->given & PARAM_BIT(PARAM_seed)) && !sorted_by(q, SORT_RANDOM))
        return refuse(problem, STR("seed"), "only with sort=random", "", e);
    return RC_OK;
}

bool search_query_derived(const struct search_query *q)
{
    struct search_columns c;
    if (q->ratio_given || q->top > 0 || q->bottom > 0 || q->min_votes ||
        sorted_by(q, SORT_PERCENTILE) || sorted_by(q, SORT_RATIO))
        return true;
    return *q->fields &&
           search_columns_parse(str_of(q->fields), &c, NULL) == RC_OK &&
           search_columns_derived(&c);
}
