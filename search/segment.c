/*
 * search/segment.c - a segment as a file: written whole, mapped whole.
 *
 * The file is a head of fixed size and the sections of sections.def, each
 * at a multiple of 64 bytes. Numbers are those of the machine that wrote
 * them; a file of the other byte order is refused by its mark.
 *
 * Rules
 *   1. the head has a checksum of its own and the checksum of each section:
 *      a file with any byte changed, cut or appended is refused
 *   2. a file is replaced by rename after fsync: a reader sees the old one
 *      or the new one
 *   3. a file with right checksums and wrong contents (another version of
 *      this code) is refused by seg_bind() or read without leaving it
 *
 * Threads: owner only.
 */
#include "search/seg_priv.h"

#include "base/digest.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

enum { SEG_VERSION = 1, SEG_ALIGN = 64, SEG_MARK = 0x01020304 };
static const char magic[8] = "SVFINDEX";

struct head_section {
    uint64_t at;
    uint64_t n;
    uint32_t crc;
    uint32_t zero;
};

struct head {
    char magic[8];
    uint32_t mark;
    uint32_t version;
    uint32_t n; /* documents */
    uint32_t words;
    uint64_t digest;
    uint64_t store;
    int64_t as_of;
    struct store_pos pos;
    uint64_t file_bytes;
    struct head_section sec[SEC_COUNT];
    uint32_t zero;
    uint32_t crc; /* of all before it */
};
static_assert(sizeof(struct store_pos) == 512, "no padding in the head");
static_assert(sizeof(struct head) % 8 == 0, "no padding behind the head");

static uint32_t head_crc(const struct head *h)
{
    return digest_crc32(0, h, offsetof(struct head, crc));
}

static uint64_t aligned(uint64_t at)
{
    return (at + SEG_ALIGN - 1) / SEG_ALIGN * SEG_ALIGN;
}

/* ---- writing ---- */

static void make_head(const struct seg *s, const struct seg_meta *m,
                      struct head *h)
{
    *h = (struct head){ .mark = SEG_MARK,
                        .version = SEG_VERSION,
                        .n = s->n,
                        .words = s->words,
                        .digest = s->digest,
                        .store = m->store,
                        .as_of = m->as_of };
    memcpy(h->magic, magic, sizeof(magic));
    h->pos.n = m->pos.n;
    memcpy(h->pos.bytes, m->pos.bytes, m->pos.n);
    uint64_t at = aligned(sizeof(*h));
    for (enum section i = 0; i < SEC_COUNT; i++) {
        h->sec[i] = (struct head_section){
            .at = at,
            .n = s->sec[i].n,
            .crc = digest_crc32(0, s->sec[i].p, s->sec[i].n),
        };
        at = aligned(at + s->sec[i].n);
    }
    h->file_bytes = at;
    h->crc = head_crc(h);
}

static int pad_to(struct file_writer *w, uint64_t at, struct err *e)
{
    static const char zeros[SEG_ALIGN];
    return file_writer_put(w, zeros, (size_t)(at - file_writer_at(w)), e);
}

static int write_all(struct file_writer *w, const struct seg *s,
                     const struct head *h, struct err *e)
{
    int rc = file_writer_put(w, h, sizeof(*h), e);
    for (enum section i = 0; !rc && i < SEC_COUNT; i++) {
        rc = pad_to(w, h->sec[i].at, e);
        if (!rc && s->sec[i].n)
            rc = file_writer_put(w, s->sec[i].p, s->sec[i].n, e);
    }
    return rc ? rc : pad_to(w, h->file_bytes, e);
}

int seg_save(const struct seg *s, const struct seg_meta *m, const char *path,
             struct err *e)
{
    struct file_writer *w = NULL;
    struct head *h = calloc(1, sizeof(*h));
    if (!h)
        return err_set(e, RC_NOMEM, "no memory to save the index");
    int rc = file_writer_open(&w, path, 0600, e);
    if (!rc) {
        make_head(s, m, h);
        rc = write_all(w, s, h, e);
        if (rc)
            file_writer_abort(w);
        else
            rc = file_writer_commit(w, e);
    }
    free(h);
    return rc ? err_wrap(e, rc, "save the index") : RC_OK;
}

/* ---- reading ---- */

static int damaged(const char *what, struct err *e)
{
    return err_set(e, RC_CORRUPT, "the index file is damaged: %s", what);
}

static int check_head(const struct head *h, size_t bytes, struct err *e)
{
    if (memcmp(h->magic, magic, sizeof(magic)) != 0)
        return err_set(e, RC_CORRUPT, "not an index file");
    if (h->mark != SEG_MARK || h->version != SEG_VERSION)
        return err_set(e, RC_CORRUPT,
                       "the index file is of another version (%u, not %d)",
                       (unsigned)h->version, SEG_VERSION);
    if (h->crc != head_crc(h))
        return damaged("its head", e);
    if (h->file_bytes != bytes)
        return damaged("its length", e);
    if (h->n > INT32_MAX || h->pos.n > sizeof(h->pos.bytes))
        return damaged("its head", e);
    return RC_OK;
}

/* Sections lie where the writer puts them, so none overlaps another. */
static int take_sections(struct seg *s, const struct head *h, struct span file,
                         struct err *e)
{
    uint64_t at = aligned(sizeof(*h));
    for (enum section i = 0; i < SEC_COUNT; i++) {
        const struct head_section *x = &h->sec[i];
        if (x->at != at || x->at > file.n || x->n > file.n - x->at)
            return damaged("its sections", e);
        const char *p = (const char *)file.p + at;
        if (digest_crc32(0, p, (size_t)x->n) != x->crc)
            return damaged("the checksum of a section", e);
        s->sec[i] = (struct span){ .p = p, .n = (size_t)x->n };
        at = aligned(at + x->n);
    }
    return at == file.n ? RC_OK : damaged("its length", e);
}

/* Bytes between sections are zero, or rule 1 would not hold for them. */
static bool padded(const struct head *h, struct span file)
{
    const char *p = file.p;
    uint64_t at = sizeof(*h);
    for (enum section i = 0; i <= SEC_COUNT; i++) {
        uint64_t next = i < SEC_COUNT ? h->sec[i].at : file.n;
        for (; at < next; at++)
            if (p[at])
                return false;
        at = i < SEC_COUNT ? next + h->sec[i].n : at;
    }
    return true;
}

int seg_parse(struct seg *s, struct seg_meta *m, struct span file,
              struct err *e)
{
    struct head h;
    if (file.n < sizeof(h))
        return damaged("it is too short", e);
    memcpy(&h, file.p, sizeof(h));
    int rc = check_head(&h, file.n, e);
    if (!rc)
        rc = take_sections(s, &h, file, e);
    if (rc)
        return rc;
    if (!padded(&h, file))
        return damaged("bytes between its sections", e);
    s->n = h.n;
    s->words = h.words != 0;
    s->digest = h.digest;
    rc = seg_bind(s, e);
    if (!rc)
        *m = (struct seg_meta){ .store = h.store,
                                .pos = h.pos,
                                .as_of = h.as_of };
    return rc;
}

int seg_load(struct seg **ret, struct seg_meta *m, const char *path,
             struct err *e)
{
    struct seg *s = NULL;
    int rc = seg_new(&s, e);
    if (rc)
        return rc;
    rc = file_map_open(&s->map, path, e);
    if (!rc)
        rc = seg_parse(s, m, (struct span){ s->map.p, s->map.n }, e);
    if (rc) {
        seg_unref(s);
        return rc;
    }
    *ret = s;
    return RC_OK;
}
