/*
 * miner/job_frontier.c - how far the walk of a list came, in the store.
 *
 * Rules
 *   1. a source that the user keeps carries its own frontier
 *   2. one that was only named on the command line has a document of its
 *      own: a killed `svf mine @handle` goes on as well, and the list of
 *      sources does not grow by itself
 *   3. a document that cannot be read means: from the start. It costs pages,
 *      never records
 */
#include "miner/job_priv.h"

#include "base/jsonw.h"

#include <stdio.h>

enum { DOC_MAX = 4096 };

static void doc_key(const struct source *src, char out[static STORE_KEY_MAX])
{
    snprintf(out, STORE_KEY_MAX, "frontier/%s/%s", source_kind_text(src->kind),
             src->ref);
}

static void take_text(const struct jsonr *v, const char *path, char *out,
                      size_t cap)
{
    struct str s;
    if (jsonr_str(jsonr_get(v, path), &s) && s.n < cap)
        snprintf(out, cap, "%.*s", STR_ARG(s));
}

static void read_doc(struct str body, struct source *io)
{
    struct jsonr *root;
    if (jsonr_open(&root, body, NULL))
        return; /* rule 3 */
    take_text(root, "playlist", io->playlist, sizeof(io->playlist));
    take_text(root, "pageToken", io->page_token, sizeof(io->page_token));
    jsonr_bool(jsonr_get(root, "walking"), &io->walking);
    jsonr_bool(jsonr_get(root, "walked"), &io->walked);
    jsonr_u64(jsonr_get(root, "listCount"), &io->list_count);
    jsonr_u64(jsonr_get(root, "videos"), &io->videos);
    jsonr_i64(jsonr_get(root, "listAt"), &io->list_at);
    jsonr_i64(jsonr_get(root, "goneSince"), &io->gone_since);
    jsonr_i64(jsonr_get(root, "lastRunAt"), &io->last_run_at);
    jsonr_close(root);
}

static void write_doc(const struct source *src, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_obj(&w);
    jsonw_kz(&w, "playlist", src->playlist);
    jsonw_kz(&w, "pageToken", src->page_token);
    jsonw_kbool(&w, "walking", src->walking);
    jsonw_kbool(&w, "walked", src->walked);
    jsonw_ku64(&w, "listCount", src->list_count);
    jsonw_ku64(&w, "videos", src->videos);
    jsonw_ki64(&w, "listAt", src->list_at);
    jsonw_ki64(&w, "goneSince", src->gone_since);
    jsonw_ki64(&w, "lastRunAt", src->last_run_at);
    jsonw_obj_end(&w);
}

static void buf_drop(struct buf *b)
{
    buf_fini(b);
}

int frontier_load(struct store *s, struct source *io, bool *kept, struct err *e)
{
    int rc = source_load(s, io, e);
    *kept = rc == RC_OK;
    if (rc != RC_NOTFOUND)
        return rc;
    char key[STORE_KEY_MAX];
    AUTO(buf_drop) struct buf body = BUF_INIT(STORE_DOC_MAX);
    uint64_t version;
    doc_key(io, key);
    rc = store_doc_get(s, key, &body, &version, e);
    if (rc == RC_OK)
        read_doc(buf_view(&body), io);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

int frontier_save(struct store *s, const struct source *src, bool kept,
                  uint64_t fence, struct err *e)
{
    if (kept)
        return source_save(s, src, fence, e);
    char key[STORE_KEY_MAX];
    AUTO(buf_drop) struct buf body = BUF_INIT(DOC_MAX);
    write_doc(src, &body);
    int rc = buf_check(&body, "a frontier", e);
    if (rc)
        return rc;
    doc_key(src, key);
    return store_doc_put(s, key, STORE_DOC_ANY, buf_view(&body), fence, NULL,
                         e);
}
