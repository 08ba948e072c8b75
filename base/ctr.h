/*
 * base/ctr.h - counters as rows of a table, printed for Prometheus.
 *
 * Each folder lists its rows in <folder>/counters.def, where kind is COUNTER
 * or GAUGE and name is the metric without "svf_":
 *
 *     CTR(net_requests_total, COUNTER, "requests", "requests sent")
 *     CTR(net_open, GAUGE, "connections", "connections now open")
 *
 * names them in its private header:
 *
 *     enum {
 *     #define CTR CTR_ENUM
 *     #include "net/counters.def"
 *     #undef CTR
 *     };
 *     extern struct ctr net_ctr[];
 *
 * and defines them in one .c, with the table that its public header declares
 * as `extern struct ctr_table net_counters;`:
 *
 *     struct ctr net_ctr[] = {
 *     #define CTR CTR_ROW
 *     #include "net/counters.def"
 *     #undef CTR
 *     };
 *     struct ctr_table net_counters = CTR_TABLE(net_ctr);
 *
 * A row is counted with ctr_add(&net_ctr[CTR_net_requests_total], 1); cli/
 * joins the tables.
 */
#ifndef SVF_BASE_CTR_H
#define SVF_BASE_CTR_H

#include "base/attr.h"
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

#define CTR_ENUM(name, kind, unit, help) CTR_##name,
#define CTR_ROW(name, kind, unit, help)  { #name, CTR_##kind, unit, help, 0 },
#define CTR_TABLE(rows)                                                        \
    {                                                                          \
        (rows), ARRAY_LEN(rows)                                                \
    }

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
