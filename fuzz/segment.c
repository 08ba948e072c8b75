/*
 * fuzz/segment.c - a damaged segment: refused, or searched without leaving
 * it.
 *
 * An input that begins with "SVFINDEX" is a file. Any other is a list of
 * changes to a good segment in memory, four bytes each: section, offset
 * (16 bits, low byte first), new byte; offset 65535 cuts the section to so
 * many bytes. That is what a file with right checksums could hold.
 */
#include "fuzz/fuzz.h"
#include "search/query_priv.h"

#include <stdio.h>
#include <stdlib.h>

enum { VIDEOS = 300, CUT = 65535, RECORD = 4 };

/* ---- a good segment ---- */

static void add_video(struct builder *b, uint64_t i)
{
    static const char *const titles[] = { "A cat", "the big cat video",
                                          "猫の動画", "live #shorts" };
    static const char *const tags[] = { "cat", "dog\nbig cat" };
    struct video v = { .h.key = { i * UINT64_C(0x9e3779b97f4a7c15), 0 } };
    VIDEO_SET(&v, views, i % 7 ? i * i : UINT64_C(1) << 33);
    VIDEO_SET(&v, likes, i);
    VIDEO_SET(&v, stats_at, 1763200000);
    if (i % 9)
        VIDEO_SET(&v, published, 1700000000 + (int64_t)i);
    if (i % 5)
        VIDEO_SET(&v, duration, i);
    VIDEO_SET(&v, title, str_of(titles[i % 4]));
    if (i % 3)
        VIDEO_SET(&v, tags, str_of(tags[i % 2]));
    if (i % 4)
        VIDEO_SET(&v, language, str_of(i % 8 ? "en" : "de"));
    if (i % 6)
        VIDEO_SET(&v, channel, ((struct cid){ i % 10, 4 }));
    VIDEO_SET(&v, channel_title, str_of(i % 2 ? "cats" : "more"));
    must(builder_add(b, &v, NULL) == RC_OK, "add");
}

static struct seg *good_segment(void)
{
    static struct seg *good; /* made once, kept by the process */
    struct builder *b;
    if (good)
        return good;
    must(builder_open(&b, true, NULL) == RC_OK, "builder");
    for (uint64_t i = 1; i <= VIDEOS; i++)
        add_video(b, i);
    must(builder_finish(b, &good, NULL) == RC_OK, "segment");
    builder_close(b);
    return good;
}

static struct seg *copy_of(const struct seg *s)
{
    struct seg *c;
    must(seg_new(&c, NULL) == RC_OK, "memory");
    for (enum section i = 0; i < SEC_COUNT; i++) {
        char *p = malloc(s->sec[i].n ? s->sec[i].n : 1);
        must(p != NULL, "memory");
        memcpy(p, s->sec[i].p, s->sec[i].n);
        seg_give(c, i, p, s->sec[i].n);
    }
    c->n = s->n;
    c->words = s->words;
    return c;
}

static void change(struct seg *s, const uint8_t r[static RECORD])
{
    enum section sec = (enum section)(r[0] % SEC_COUNT);
    size_t at = (size_t)r[1] | (size_t)r[2] << 8;
    unsigned char *p = s->heap[sec];
    if (at == CUT && r[3] < s->sec[sec].n)
        s->sec[sec].n = r[3];
    else if (at < s->sec[sec].n)
        p[at] = r[3];
}

/* ---- searching ---- */

static int take(void *ctx, const uint32_t *g, const float *score, size_t n)
{
    const struct snap *s = ctx;
    (void)score;
    for (size_t i = 0; i < n; i++) {
        struct search_item item;
        must(g[i] < s->n, "a document outside");
        snap_item(s, g[i], 0, &item);
    }
    return RC_OK;
}

static void ask(struct snap *s, const char *name, const char *value)
{
    struct search_query q;
    struct match_counts counts;
    search_query_init(&q);
    must(search_query_set(&q, str_of(name), str_of(value), wall_of_s(0), NULL,
                          NULL) == RC_OK,
         "query");
    must(match_all(s, &q, take, s, &counts, NULL) == RC_OK, "match");
    search_query_fini(&q);
}

static void search_it(struct seg *seg)
{
    struct snap *s;
    struct part part = part_of(seg_ref(seg));
    must(snap_make(&s, &part, 1, NULL, 1, NULL) == RC_OK, "snapshot");
    ask(s, "q", "cat");
    ask(s, "q", "\"big cat\" -dog");
    ask(s, "q", "猫の動画");
    ask(s, "language", "en");
    ask(s, "channelId", "UCAAAAAAAAAAAAAAAAAAAAAA");
    ask(s, "publishedAfter", "2023-11-14");
    ask(s, "viewsMax", "4294967296");
    snap_unref(s);
}

/* The younger half dies first: a list that names documents twice has no
 * room in what is left. */
static void merge_it(struct seg *seg)
{
    struct seg *merged;
    struct part part = part_of(seg_ref(seg));
    facts_unref(part.facts);
    must(facts_clone(seg->facts, &part.facts, NULL) == RC_OK, "memory");
    for (uint32_t d = seg->n / 2; d < seg->n; d++)
        must(facts_kill(part.facts, d, NULL) == RC_OK, "memory");
    int rc = seg_merge(&part, 1, &merged, NULL);
    if (!rc)
        seg_unref(merged);
    parts_unref(&part, 1);
}

static void use(struct seg *s)
{
    int rc = dict_check(s, NULL);
    must(rc == RC_OK || rc == RC_CORRUPT, "another code");
    for (uint32_t d = 0; d < s->n; d++)
        (void)doc_digest(s, s->facts, d);
    search_it(s);
    merge_it(s);
}

static void read_file(const uint8_t *data, size_t size)
{
    struct seg *s;
    struct seg_meta m;
    must(seg_new(&s, NULL) == RC_OK, "memory");
    int rc = seg_parse(s, &m, (struct span){ data, size }, NULL);
    must(rc == RC_OK || rc == RC_CORRUPT, "another code");
    if (!rc)
        use(s);
    seg_unref(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char magic[] = "SVFINDEX";
    if (size >= 8 && memcmp(data, magic, 8) == 0) {
        read_file(data, size);
        return 0;
    }
    struct seg *s = copy_of(good_segment());
    for (size_t i = 0; i + RECORD <= size; i += RECORD)
        change(s, data + i);
    int rc = seg_bind(s, NULL);
    must(rc == RC_OK || rc == RC_CORRUPT, "another code");
    if (!rc)
        use(s);
    seg_unref(s);
    return 0;
}
