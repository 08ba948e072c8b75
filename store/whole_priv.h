/*
 * store/whole_priv.h - shared by what works on a whole store.
 */
#ifndef SVF_STORE_WHOLE_PRIV_H
#define SVF_STORE_WHOLE_PRIV_H

#include "store/above_priv.h"
#include "store/store_priv.h"

#include "base/progress.h"

#define WHOLE_COPY_KEY "copy/state" /* in a store that is not whole yet */

enum {
    WHOLE_PART_RECORDS = 20000, /* in a share of a scan: read in seconds */
    WHOLE_PARTS_MAX = 100000,
    WHOLE_TEXT_MAX = 16 << 20 /* text held for a batch, but for the last record:
                                 one record may have some 64 KiB texts */
};

/* Keys as a verb takes them. */
typedef const uint64_t (*whole_keys)[2];

/* Shows progress, keeps a lease, asks whether to stop. One thread. */
struct whole_pulse {
    const struct store_work *w;
    struct progress bar;
    uint64_t done;
    struct store *leased; /* NULL = no lease to keep */
    struct lease lease;
    mono_t renewed;
};
void whole_pulse_begin(struct whole_pulse *p, const char *what, uint64_t total);
void whole_pulse_end(struct whole_pulse *p);
/* Another piece is done. RC_CANCELLED, or why the lease is gone. */
int whole_pulse_beat(struct whole_pulse *p, struct err *e) MUST_CHECK;
/* Renew the lease, whatever the time. RC_FENCED: it went to somebody else. */
int whole_pulse_renew(struct whole_pulse *p, struct err *e) MUST_CHECK;

/* Sum up @s; beats for each record. @records: the part of the checksum that is
 * of records. */
int whole_content(struct store *s, struct whole_pulse *p,
                  struct store_content *ret, uint64_t *records,
                  struct err *e) MUST_CHECK;
/* What a record, a document, a counter adds to the checksum. */
uint64_t whole_record_digest(const struct schema_type *t, const void *rec);
uint64_t whole_doc_digest(const char *key, struct str body);
uint64_t whole_count_digest(const char *key, int64_t value);
/* Add a document, a counter to @c, unless it is no part of the content. */
void whole_add_doc(struct store_content *c, const char *key, struct str body);
void whole_add_count(struct store_content *c, const char *key, int64_t value);
/* Is @key a document that belongs to a store's content? */
bool whole_doc_counts(const char *key);
/* How many shares a scan of @n records is cut into. */
uint32_t whole_parts(uint64_t n);

/* Records that wait for their batch. */
struct whole_batch {
    const struct schema_type *t;
    struct arena text;
    char *rec; /* STORE_ATOMIC_MAX records; owned */
    size_t n;
};
int whole_batch_init(struct whole_batch *b, const struct schema_type *t,
                     struct err *e) MUST_CHECK;
void whole_batch_fini(struct whole_batch *b);
/* Keep a copy of @rec; *full: no more may be added. */
int whole_batch_add(struct whole_batch *b, const void *rec, bool *full,
                    struct err *e) MUST_CHECK;
void whole_batch_reset(struct whole_batch *b);

#endif
