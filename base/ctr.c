/*
 * base/ctr.c - counters as text.
 *
 * Rule: the order is that of the tables, so equal counters give equal bytes.
 * Source: Prometheus text exposition format 0.0.4.
 */
#include "base/ctr.h"

/* A help text is one line; only backslash and line end have escapes. */
static void put_help(struct buf *out, const char *help)
{
    for (const char *p = help; *p; p++) {
        if (*p == '\\')
            buf_z(out, "\\\\");
        else if (*p == '\n')
            buf_z(out, "\\n");
        else
            buf_c(out, *p);
    }
}

static void put_row(struct buf *out, const struct ctr *c)
{
    buf_f(out, "# HELP svf_%s ", c->name);
    put_help(out, c->help);
    buf_f(out, " (%s)\n# TYPE svf_%s %s\nsvf_%s ", c->unit, c->name,
          c->kind == CTR_GAUGE ? "gauge" : "counter", c->name);
    buf_i64(out, ctr_get(c));
    buf_c(out, '\n');
}

void ctr_prometheus(struct buf *out, const struct ctr_table *tables,
                    size_t n_tables)
{
    for (size_t t = 0; t < n_tables; t++)
        for (size_t i = 0; i < tables[t].n; i++)
            put_row(out, &tables[t].rows[i]);
}
