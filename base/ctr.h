/*
 * base/ctr.h - counters as rows of a table, printed for Prometheus.
 *
 * Each folder lists its rows in <folder>/counters.def:
 *     CTR(name, kind, "unit", "one line of help")
 * where kind is COUNTER or GAUGE and name is the metric without "svf_".
 * The folder declares `extern struct ctr <folder>_ctr[];` through
 * CTR_DECLARE and defines it through CTR_DEFINE; cli/ joins the tables.
 */
#ifndef SVF_BASE_CTR_H
#define SVF_BASE_CTR_H

#include "base/buf.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum ctr_kind { CTR_COUNTER, CTR_GAUGE };

struct ctr {
    const char *name; /* "net_requests_total" */
    enum ctr_kind kind;
    const char *unit; /* "requests", "bytes" */
    const char *help;
    _Atomic int64_t value; /* relaxed; any thread */
};

struct ctr_table {
    struct ctr *rows;
    size_t n;
};

static inline void ctr_add(struct ctr *c, int64_t n)
{
    atomic_fetch_add_explicit(&c->value, n, memory_order_relaxed);
}
static inline void ctr_set(struct ctr *c, int64_t v)
{
    atomic_store_explicit(&c->value, v, memory_order_relaxed);
}
static inline int64_t ctr_get(const struct ctr *c)
{
    return atomic_load_explicit(&c->value, memory_order_relaxed);
}

/* Append all rows of @tables as Prometheus text 0.0.4, "svf_" in front. */
void ctr_prometheus(struct buf *out, const struct ctr_table *tables,
                    size_t n_tables);

#endif
