/*
 * search/search.c - the index as a whole: open, publish, pin, save, close.
 *
 * Rules
 *   1. there is always a current snapshot; who pins one may use it as long
 *      as he likes, whatever is published meanwhile
 *   2. the segment file is a copy of what can be built again: it is used
 *      only when it is whole, of this store and may be read, and is never
 *      repaired
 *   3. whatever the index holds, it holds all changes before s->pos
 *
 * Threads: pinning, running and asking from any; the rest from one owner.
 * Lock: s->mu guards the pointer s->snap, for a few instructions each time.
 */
#include "search/snap_priv.h"

#include "base/digest.h"

#include <stdlib.h>

enum { POS_AGE_MAX_S = 3600 };

struct ctr search_ctr[] = {
#define CTR CTR_ROW
#include "search/counters.def"
#undef CTR
};
struct ctr_table search_counters = CTR_TABLE(search_ctr);

/* ---- the current snapshot ---- */

struct snap *search_pin(struct search *s)
{
    mtx_lock(&s->mu);
    struct snap *snap = s->snap;
    atomic_fetch_add_explicit(&snap->refs, 1, memory_order_relaxed);
    mtx_unlock(&s->mu);
    return snap;
}

void search_publish(struct search *s, struct snap *snap)
{
    uint64_t now = (uint64_t)clk_wall(s->o.clk).ms;
    mtx_lock(&s->mu);
    struct snap *old = s->snap;
    uint64_t next = old ? old->info.version + 1 : 1;
    snap->info.version = now > next ? now : next;
    s->snap = snap;
    mtx_unlock(&s->mu);
    snap_unref(old);
    ctr_set(&search_ctr[CTR_search_videos], (int64_t)snap->info.videos);
    ctr_set(&search_ctr[CTR_search_bytes], (int64_t)snap->info.bytes);
}

int search_replace(struct search *s, const struct part *parts, size_t n,
                   struct epoch *epoch, struct err *e)
{
    struct snap *snap;
    int rc = snap_make(&snap, parts, n, epoch, s->o.threads, e);
    if (!rc)
        search_publish(s, snap);
    return rc;
}

void search_info(struct search *s, struct search_info *ret)
{
    struct snap *snap = search_pin(s);
    *ret = snap->info;
    ret->as_of = s->as_of;
    snap_unref(snap);
}

int search_table(struct search *s, enum ratio_id r, struct ratio_table **ret,
                 struct err *e)
{
    static const struct ratio_table none;
    struct snap *snap = search_pin(s);
    int rc = table_copy(snap->epoch ? snap->epoch->table[r] : &none, ret, e);
    if (!rc)
        (*ret)->ratio = r;
    snap_unref(snap);
    return rc;
}

/* ---- rank epochs ---- */

static int fetch_epoch(struct search *s, struct epoch **ret, struct err *e)
{
    struct buf json = BUF_INIT(STORE_DOC_MAX);
    uint64_t id = 0; /* also when the document is too damaged to tell it */
    int rc = epoch_get(s->o.store, &json, &id, e);
    if (!rc)
        rc = epoch_parse(ret, buf_view(&json), id, e);
    if (rc == RC_CORRUPT)
        s->bad_epoch = id;
    buf_fini(&json);
    return rc;
}

int search_epoch(struct search *s, struct epoch *have, struct epoch **ret,
                 struct err *e)
{
    uint64_t id;
    int rc = epoch_id(s->o.store, &id, e);
    if (rc)
        return rc;
    if (id == 0 || id == s->bad_epoch || (have && have->id == id)) {
        *ret = id && have ? epoch_ref(have) : NULL;
        return RC_OK;
    }
    rc = fetch_epoch(s, ret, e);
    if (rc != RC_CORRUPT)
        return rc;
    log_event(s->o.log, LOG_WARN, "search", "epoch_unreadable",
              "id=%llu reason=\"%s\"", (unsigned long long)id, e ? e->msg : "");
    *ret = have ? epoch_ref(have) : NULL;
    return RC_OK;
}

/* ---- opening ---- */

/* Take the file's segment. RC_NOTFOUND: there is none that can be used. */
static int load(struct search *s, struct seg **ret, struct err *e)
{
    struct seg_meta m;
    if (!s->path)
        return err_set(e, RC_NOTFOUND, "no index file");
    int rc = seg_load(ret, &m, s->path, e);
    if (rc)
        return rc;
    const char *unfit = NULL;
    if (m.store != s->store)
        unfit = "index_of_another_store";
    else if (!(*ret)->words && !s->o.no_text)
        unfit = "index_without_words";
    if (unfit) {
        seg_unref(*ret);
        log_event(s->o.log, LOG_WARN, "search", unfit, "path=\"%s\"", s->path);
        return err_set(e, RC_NOTFOUND, "no index file that can be used");
    }
    s->pos = m.pos;
    s->as_of = m.as_of;
    s->saved = m;
    s->saved_digest = (*ret)->digest;
    return RC_OK;
}

static void set_aside(struct search *s, const struct err *why)
{
    struct buf aside = BUF_INIT(4096);
    buf_f(&aside, "%s.damaged", s->path);
    if (!aside.failed)
        (void)file_sys.rename(s->path, aside.p);
    log_event(s->o.log, LOG_WARN, "search", "index_damaged",
              "path=\"%s\" reason=\"%s\" kept=\"%s\"", s->path, why->msg,
              aside.p ? aside.p : "");
    buf_fini(&aside);
}

/* Rule 2. The snapshot has no ranks yet: following brings the epoch. */
static int first_snapshot(struct search *s, struct err *e)
{
    struct seg *seg = NULL;
    struct err why = ERR_INIT;
    int rc = load(s, &seg, &why);
    if (rc == RC_CORRUPT)
        set_aside(s, &why);
    if (rc == RC_CORRUPT || rc == RC_NOTFOUND || rc == RC_DENIED)
        rc = search_scan(s, &s->pos, &seg, e);
    else if (rc)
        err_set(e, rc, "%s", why.msg);
    if (rc)
        return rc;
    struct part part = part_of(seg);
    return search_replace(s, &part, 1, NULL, e);
}

static int copy_path(struct search *s, struct err *e)
{
    if (!s->o.segment_path)
        return RC_OK;
    s->path = strdup(s->o.segment_path);
    return s->path ? RC_OK : err_set(e, RC_NOMEM, "no memory for an index");
}

int search_open(struct search **ret, const struct search_options *o,
                struct err *e)
{
    struct search *s = calloc(1, sizeof(*s));
    bool changed;
    if (!s)
        return err_set(e, RC_NOMEM, "no memory for an index");
    s->o = *o;
    if (s->o.threads < 1)
        s->o.threads = 1;
    mtx_init(&s->mu);
    s->store = digest_bytes(DIGEST_INIT, store_id(o->store), STORE_ID_BYTES);
    int rc = copy_path(s, e);
    if (!rc)
        rc = first_snapshot(s, e);
    if (!rc)
        rc = search_refresh(s, DUR_MS(0), &changed, e);
    if (rc) {
        search_close(s);
        return rc;
    }
    *ret = s;
    return RC_OK;
}

void search_close(struct search *s)
{
    if (!s)
        return;
    snap_unref(s->snap);
    mtx_fini(&s->mu);
    free(s->path);
    free(s);
}

/* ---- following ---- */

static int rebuild(struct search *s, struct err *e)
{
    struct store_pos pos;
    struct seg *seg;
    struct epoch *epoch = NULL;
    int rc = search_scan(s, &pos, &seg, e);
    if (rc)
        return rc;
    struct part part = part_of(seg);
    rc = search_epoch(s, s->snap->epoch, &epoch, e);
    if (rc) {
        parts_unref(&part, 1);
        return rc;
    }
    rc = search_replace(s, &part, 1, epoch, e);
    epoch_unref(epoch);
    if (rc)
        return rc;
    s->pos = pos;
    s->unsaved++;
    return RC_OK;
}

int search_refresh(struct search *s, dur_t wait, bool *changed, struct err *e)
{
    bool more = true, any = false;
    while (more) {
        bool one = false;
        int rc = search_follow(s, wait, &one, &more, e);
        if (rc == RC_LOST) {
            rc = rebuild(s, e);
            one = more = true;
        }
        if (rc)
            return rc;
        if (more && search_stopped(s))
            return err_set(e, RC_CANCELLED, "following the store was stopped");
        any = any || one;
        wait = DUR_MS(0);
    }
    s->as_of = wall_s(clk_wall(s->o.clk));
    *changed = any;
    return RC_OK;
}

/* ---- saving ---- */

static bool clean(const struct snap *snap)
{
    const struct part *p = &snap->part[0];
    return snap->n_parts == 1 && p->facts == p->seg->facts;
}

/* Write @seg and go on with the mapped file instead of it. */
static int save_seg(struct search *s, struct seg *seg, struct err *e)
{
    struct seg_meta m = { .store = s->store, .pos = s->pos, .as_of = s->as_of };
    struct seg *mapped = NULL;
    int rc = seg_save(seg, &m, s->path, e);
    if (!rc)
        rc = seg_load(&mapped, &m, s->path, e);
    if (rc)
        return rc;
    ctr_add(&search_ctr[CTR_search_saves_total], 1);
    s->saved = m;
    s->saved_digest = mapped->digest;
    s->unsaved = 0;
    struct part part = part_of(mapped);
    return search_replace(s, &part, 1, s->snap->epoch, e);
}

static bool same_pos(const struct store_pos *a, const struct store_pos *b)
{
    return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

/* Is the file as good as a new one? The position in a server's feed moves
 * even when nothing changes: that alone is worth a file only when the old one
 * may soon be forgotten there. */
static bool is_saved(const struct search *s)
{
    const struct snap *snap = s->snap;
    if (!clean(snap) || s->saved_digest != snap->digest ||
        !file_exists(s->path))
        return false;
    return same_pos(&s->saved.pos, &s->pos) ||
           (s->unsaved == 0 && s->as_of - s->saved.as_of < POS_AGE_MAX_S);
}

int search_save(struct search *s, struct err *e)
{
    struct snap *snap = s->snap;
    struct seg *seg = NULL;
    if (!s->path)
        return err_set(e, RC_INPUT, "this index has no file");
    if (!snap->part[0].seg->words)
        return err_set(e, RC_INPUT, "an index without words is not saved");
    if (is_saved(s))
        return RC_OK;

    int rc = RC_OK;
    if (clean(snap))
        seg = seg_ref(snap->part[0].seg);
    else
        rc = seg_merge(snap->part, snap->n_parts, &seg, e);
    if (!rc)
        rc = save_seg(s, seg, e);
    seg_unref(seg);
    return rc;
}
