/*
 * store/mem.c - a store in memory: the reference for what the others do,
 * and what tests use when they do not test stores.
 *
 * Rules, of all files store/mem*.c
 *   1. everything is under one mutex; no callback is called under it
 *   2. whatever can fail is done before the first change, or is undone, so
 *      that a verb that fails has changed nothing
 *
 * Threads: any. Lock: m->mu, held for memory work only.
 */
#include "store/mem_priv.h"

#include "base/rnd.h"

#include <errno.h>
#include <stdlib.h>

int mem_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for the mem: store");
}

static int mem_open(struct store **ret, const struct store_options *o,
                    const char *place, struct err *e)
{
    if (*place)
        return err_set(e, RC_CONFIG, "a mem: store has no place, not '%s'",
                       place);
    if (!o->create)
        return err_set(e, RC_NOTFOUND, "a mem: store is never there before");
    struct mem *m = calloc(1, sizeof(*m));
    if (!m)
        return mem_no_memory(e);
    m->base.kind = o->kind ? o->kind : STORE_LOCAL;
    m->first = 1;
    uint64_t id[2] = { rnd_os_seed(), rnd_os_seed() };
    memcpy(m->base.id, id, sizeof(m->base.id));
    mtx_init(&m->mu);
    cnd_init(&m->changed);
    *ret = &m->base;
    return RC_OK;
}

static void mem_close(struct store *s)
{
    struct mem *m = mem_of(s);
    for (size_t i = 0; i < STORE_TYPES; i++)
        mem_table_fini(&m->table[i]);
    mem_list_fini(&m->counters);
    mem_list_fini(&m->docs);
    free(m->ring);
    cnd_fini(&m->changed);
    mtx_fini(&m->mu);
    free(m);
}

void store_mem_fail(struct store *s, uint64_t nth, int code)
{
    if (s->ops != &store_mem_ops)
        return;
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    m->fail_nth = nth;
    m->fail_code = code;
    mtx_unlock(&m->mu);
}

int mem_injected_locked(struct mem *m, struct err *e) NEEDS(m->mu)
{
    if (m->fail_nth == 0 || --m->fail_nth > 0)
        return RC_OK;
    if (m->fail_code == RC_UNKNOWN) {
        m->lose_answer = true;
        return RC_OK;
    }
    int sys = m->fail_code == RC_IO ? ENOSPC : 0;
    return err_sys(e, m->fail_code, sys, "failure asked for by a test");
}

int mem_answer_locked(struct mem *m, int rc, struct err *e) NEEDS(m->mu)
{
    bool lost = m->lose_answer;
    m->lose_answer = false;
    if (rc || !lost)
        return rc;
    return err_set(e, RC_UNKNOWN, "answer lost, as asked for by a test");
}

static int mem_stats(struct store *s, struct store_stats *ret, struct err *e)
{
    (void)e;
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    *ret = (struct store_stats){
        .videos = m->table[store_type_index(&schema_video)].used,
        .channels = m->table[store_type_index(&schema_channel)].used,
        .samples = m->table[store_type_index(&schema_sample)].used,
    };
    mtx_unlock(&m->mu);
    return RC_OK;
}

/* Nothing of its own to look at: its tables are the process's memory. */
static int mem_check(struct store *s, store_finding_fn fn, void *ctx,
                     struct err *e)
{
    (void)s, (void)fn, (void)ctx, (void)e;
    return RC_OK;
}

const struct store_ops store_mem_ops = {
    .scheme = "mem",
    .open = mem_open,
    .close = mem_close,
    .put = mem_put,
    .get = mem_get,
    .scan = mem_scan,
    .del = mem_del,
    .feed_now = mem_feed_now,
    .feed_read = mem_feed_read,
    .count = mem_count,
    .counts = mem_counts,
    .doc_get = mem_doc_get,
    .doc_put = mem_doc_put,
    .doc_list = mem_doc_list,
    .stats = mem_stats,
    .check = mem_check,
};
