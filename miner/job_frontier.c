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

#include <stdio.h>

enum { DOC_MAX = 4096 };

static void doc_key(const struct source *src, char out[static STORE_KEY_MAX])
{
    snprintf(out, STORE_KEY_MAX, "frontier/%s/%s", source_kind_text(src->kind),
             src->ref);
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
    struct source far;
    if (rc == RC_OK && !source_of_json(buf_view(&body), key, &far, NULL))
        *io = far; /* else rule 3 */
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

int frontier_save(struct store *s, const struct source *src, bool kept,
                  uint64_t fence, struct err *e)
{
    if (kept)
        return source_save(s, src, fence, e);
    char key[STORE_KEY_MAX];
    AUTO(buf_drop) struct buf body = BUF_INIT(DOC_MAX);
    source_json(src, &body);
    int rc = buf_check(&body, "a frontier", e);
    if (rc)
        return rc;
    doc_key(src, key);
    return store_doc_put(s, key, STORE_DOC_ANY, buf_view(&body), fence, NULL,
                         e);
}
