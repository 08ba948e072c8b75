/*
 * store/copy_items.c - documents and counters of one store into another.
 *
 * Rules
 *   1. both stores are listed, and only what differs is asked for and written:
 *      a server answers a list as fast as a single document
 *   2. a write whose outcome is not known is no reason to guess: what is
 *      there is read again, and the rest done
 *   3. leases stay where they are, and so does the state of the copy; a
 *      counter of 0 is as good as none
 *   4. a counter carries no fence. Who was stalled learns from the lease that
 *      a newer copier finished, and that jobs may count there by now: it is
 *      renewed first, and looked after before each name
 *
 * Threads: one.
 */
#include "store/copy_priv.h"

#include <stdlib.h>

/* ---- lists ---- */

/* What a store keeps under a name: a counter's value, a document's digest. */
struct entry {
    char key[STORE_KEY_MAX + 1];
    uint64_t value;
};

/* In order of the names, as stores list them. */
struct entries {
    struct entry *at; /* owned */
    size_t n, cap;
    struct err *e;
};

static int note(struct entries *l, const char *key, uint64_t value)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 64;
        struct entry *more = realloc(l->at, cap * sizeof(*more));
        if (!more)
            return err_set(l->e, RC_NOMEM, "no memory for a list of names");
        l->at = more;
        l->cap = cap;
    }
    struct entry *x = &l->at[l->n++];
    snprintf(x->key, sizeof(x->key), "%s", key);
    x->value = value;
    return RC_OK;
}

static int note_doc(void *ctx, const char *key, uint64_t version,
                    struct str body)
{
    (void)version;
    if (!whole_doc_counts(key))
        return RC_OK; /* rule 3 */
    return note(ctx, key, whole_doc_digest(key, body));
}

static int note_count(void *ctx, const char *key, int64_t value)
{
    return value ? note(ctx, key, (uint64_t)value) : RC_OK;
}

typedef int list_fn(struct store *s, struct entries *ret, struct err *e);

static int list_docs(struct store *s, struct entries *ret, struct err *e)
{
    return store_doc_list(s, "", note_doc, ret, e);
}

static int list_counts(struct store *s, struct entries *ret, struct err *e)
{
    return store_counts(s, "", note_count, ret, e);
}

/* ---- one of them ---- */

static int put_doc(struct copier *c, const char *key, struct str body)
{
    int rc = RC_UNKNOWN;
    for (int i = 0; i < COPY_TRIES && rc == RC_UNKNOWN; i++)
        rc = store_doc_put(c->to, key, STORE_DOC_ANY, body,
                           c->pulse.lease.token, NULL, c->e);
    return rc;
}

/* Make the document what it is in the source now. */
static int set_doc(struct copier *c, const char *key, uint64_t value)
{
    (void)value;
    struct buf b = BUF_INIT(STORE_DOC_MAX);
    int rc = store_doc_get(c->from, key, &b, NULL, c->e);
    if (rc == RC_NOTFOUND)
        rc = put_doc(c, key, str_n(NULL, 0));
    else if (!rc)
        rc = put_doc(c, key, b.n ? buf_view(&b) : STR(""));
    buf_fini(&b);
    return rc;
}

/* Rule 2: the difference is taken anew before each attempt. */
static int set_count(struct copier *c, const char *key, uint64_t value)
{
    int64_t have = 0, want = (int64_t)value;
    int rc = RC_UNKNOWN;
    for (int i = 0; i < COPY_TRIES && rc == RC_UNKNOWN; i++) {
        rc = store_count(c->to, key, 0, INT64_MAX, &have, c->e);
        if (!rc && have != want)
            rc = store_count(c->to, key, want - have, INT64_MAX, NULL, c->e);
    }
    return rc;
}

/* ---- all of them ---- */

/* Call @set for each name under which the two differ; 0 = it is to go. */
static int merge(struct copier *c, const struct entries *from,
                 const struct entries *to,
                 int (*set)(struct copier *c, const char *key, uint64_t value))
{
    size_t i = 0, k = 0;
    int rc = RC_OK;
    while (!rc && (i < from->n || k < to->n)) {
        rc = whole_pulse_beat(&c->pulse, c->e); /* rule 4 */
        int order = i == from->n ? 1
                    : k == to->n ? -1
                                 : strcmp(from->at[i].key, to->at[k].key);
        if (!rc && order > 0)
            rc = set(c, to->at[k].key, 0);
        else if (!rc && (order < 0 || from->at[i].value != to->at[k].value))
            rc = set(c, from->at[i].key, from->at[i].value);
        i += order <= 0;
        k += order >= 0;
    }
    return rc;
}

static int bring(struct copier *c, list_fn *list,
                 int (*set)(struct copier *c, const char *key, uint64_t value))
{
    struct entries from = { .e = c->e }, to = { .e = c->e };
    int rc = list(c->from, &from, c->e);
    if (!rc)
        rc = list(c->to, &to, c->e);
    if (!rc)
        rc = merge(c, &from, &to, set);
    free(from.at);
    free(to.at);
    return rc;
}

int copy_items(struct copier *c)
{
    int rc = whole_pulse_renew(&c->pulse, c->e); /* rule 4 */
    if (!rc)
        rc = bring(c, list_counts, set_count);
    return rc ? rc : bring(c, list_docs, set_doc);
}
