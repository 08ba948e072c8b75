/*
 * store/above.h - what is written once above the twelve verbs: leases,
 * sources, job reports, rank epochs. Part of store.h.
 */
#ifndef SVF_STORE_ABOVE_H
#define SVF_STORE_ABOVE_H

#include "store/store.h"

/* ---- leases ---- */

/* Who may work: one process at a time; its token fences every put. */
struct lease {
    char name[32];
    uint64_t token;   /* grows with every change of holder, from 1 */
    uint64_t version; /* of the document */
    char holder[128]; /* from lease_holder(); "" once dropped */
};

/*
 * Take lease @name for @ttl. A lease whose holder ran on this machine and
 * is dead is taken over at once, another one when it has expired.
 * @holder  from lease_holder()
 * RC_AGAIN  held by a live process; e->retry_at_ms = its expiry, the
 *           message names host and pid
 */
int lease_take(struct store *s, const char *name, const char *holder, dur_t ttl,
               wall_t now, struct lease *ret, struct err *e) MUST_CHECK;
/* May lease @name be taken? RC_AGAIN as there when not; nothing is taken. */
int lease_free(struct store *s, const char *name, wall_t now,
               struct err *e) MUST_CHECK;
/* Prolong; RC_FENCED when somebody else has it now. */
int lease_renew(struct store *s, struct lease *l, dur_t ttl, wall_t now,
                struct err *e) MUST_CHECK;
/* Give it back; harmless when lost already. */
void lease_drop(struct store *s, struct lease *l);
/* Name this process: host, pid, its start time (so that a reused pid is not
 * taken for the old holder) and its pid namespace. */
void lease_holder(char out[static 128]);

/* ---- sources ---- */

enum source_kind {
    SOURCE_CHANNEL = 1,
    SOURCE_HANDLE,
    SOURCE_PLAYLIST,
    SOURCE_VIDEO
};
const char *source_kind_text(enum source_kind k);

/* What the nightly job mines, and how far it has come there. */
struct source {
    enum source_kind kind;
    char ref[96];        /* channel id, @handle, playlist id, video id */
    int64_t added_at;    /* s */
    int64_t last_run_at; /* s, 0 = never */
    uint64_t videos;     /* ids met there so far */
    /* the durable frontier of its list */
    char playlist[64];    /* uploads list, "" = not known yet */
    char page_token[256]; /* next page of the walk under way, "" = none */
    bool walking;         /* a walk was begun and is not finished */
    bool walked;          /* the list was once read to its end */
    uint64_t list_count;  /* channel's videoCount at the last full walk */
    int64_t list_at;      /* s, end of the last walk, 0 = never */
    int64_t gone_since;   /* s, 0 = it is there */
};

/* Read a source as people write it: channel id, @handle, channel, handle,
 * playlist, watch, short or Shorts URL, video or playlist id.
 * RC_INPUT says what would do. */
int source_parse(struct str text, struct source *ret, struct err *e) MUST_CHECK;
/* Add (RC_EXISTS when there), remove (RC_NOTFOUND), read, replace. */
int source_add(struct store *s, const struct source *src,
               struct err *e) MUST_CHECK;
int source_remove(struct store *s, const struct source *src,
                  struct err *e) MUST_CHECK;
/* Read the stored state of @io (kind and ref are given). RC_NOTFOUND. */
int source_load(struct store *s, struct source *io, struct err *e) MUST_CHECK;
/* Write the frontier; durable on return. RC_NOTFOUND when the source is not
 * kept (never added, or removed meanwhile): it is not brought back. */
int source_save(struct store *s, const struct source *src, uint64_t fence,
                struct err *e) MUST_CHECK;
/* A source as the JSON object that is stored, appended to @out; and back:
 * RC_CORRUPT names @key, the document it came from, and leaves *ret alone. */
void source_json(const struct source *src, struct buf *out);
int source_of_json(struct str body, const char *key, struct source *ret,
                   struct err *e) MUST_CHECK;
typedef int (*source_fn)(void *ctx, const struct source *src);
int source_each(struct store *s, source_fn fn, void *ctx,
                struct err *e) MUST_CHECK;
/* How many there are. */
int source_count(struct store *s, uint64_t *ret, struct err *e) MUST_CHECK;

/* ---- job reports ---- */

enum { REPORTS_KEPT = 100 };
/* Keep @json as the report of job @id (ordered by time); old ones go. */
int report_put(struct store *s, const char *id, struct str json, uint64_t fence,
               struct err *e) MUST_CHECK;
/* Visit the newest @max reports, newest first; the key told is the id. */
int report_each(struct store *s, size_t max, store_doc_fn fn, void *ctx,
                struct err *e) MUST_CHECK;

/* ---- rank epochs ---- */

/* Publish @json (not empty) as the current rank epoch; the one before stays
 * readable as document "rank/previous". @id grows by one with each; may be
 * NULL. */
int epoch_put(struct store *s, struct str json, uint64_t fence, uint64_t *id,
              struct err *e) MUST_CHECK;
/* RC_NOTFOUND when no epoch was ever published. */
int epoch_get(struct store *s, struct buf *json, uint64_t *id,
              struct err *e) MUST_CHECK;
/* Only the number, 0 (and RC_OK) = none: cheap enough to ask each second. */
int epoch_id(struct store *s, uint64_t *id, struct err *e) MUST_CHECK;

#endif
