/*
 * store/epoch.c - the rank epoch and the one before it, as documents
 * 'rank/current' and 'rank/previous'.
 *
 * Rules
 *   1. an epoch's id is the version of its document, which the store raises
 *      by one with each write; neither document is ever deleted
 *   2. the previous epoch is written first: whoever reads both between the
 *      two writes sees the old one twice, never a gap
 *
 * Threads: any; no state but the documents.
 */
#include "store/above_priv.h"

static const char current_key[] = "rank/current";
static const char previous_key[] = "rank/previous";

static int push_back(struct store *s, uint64_t fence, uint64_t *version,
                     struct err *e)
{
    struct buf b = BUF_INIT(STORE_DOC_MAX);
    int rc = store_doc_get(s, current_key, &b, version, e);
    if (rc == RC_NOTFOUND)
        rc = RC_OK;
    else if (!rc)
        rc = store_doc_put(s, previous_key, STORE_DOC_ANY,
                           b.p ? buf_view(&b) : STR(""), fence, NULL, e);
    buf_fini(&b);
    return rc;
}

int epoch_put(struct store *s, struct str json, uint64_t fence, uint64_t *id,
              struct err *e)
{
    int rc = RC_EXISTS;
    uint64_t version = 0;
    if (!json.n)
        return err_set(e, RC_INPUT, "an empty rank epoch");
    for (int i = 0; i < ABOVE_TRIES && rc == RC_EXISTS; i++) {
        rc = push_back(s, fence, &version, e);
        if (!rc)
            rc = store_doc_put(s, current_key, version, json, fence, &version,
                               e);
    }
    if (!rc && id)
        *id = version;
    return rc;
}

int epoch_get(struct store *s, struct buf *json, uint64_t *id, struct err *e)
{
    int rc = store_doc_get(s, current_key, json, id, e);
    if (rc == RC_NOTFOUND)
        return err_set(e, rc, "no rank epoch was published yet; svf rank does");
    return rc;
}

int epoch_id(struct store *s, uint64_t *id, struct err *e)
{
    int rc = store_doc_get(s, current_key, NULL, id, e);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}
