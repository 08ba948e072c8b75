/*
 * search/query_priv.h - a question on its way: values, words, filter, order.
 */
#ifndef SVF_SEARCH_QUERY_PRIV_H
#define SVF_SEARCH_QUERY_PRIV_H

#include "search/post_priv.h"
#include "search/search.h"
#include "search/snap_priv.h"
#include "search/words_priv.h"

/* ---- values ---- */

enum { PUBLISHED_MAX_S = INT32_MAX }; /* years of a relative date */

/* "240", "4m", "1h30m", "PT4M" into seconds. RC_INPUT. */
int value_seconds(struct str s, uint64_t *ret, struct err *e) MUST_CHECK;
/* Date, RFC 3339 or relative to @now into the first whole second at or
 * behind it, at least 1. RC_INPUT. */
int value_date(struct str s, wall_t now, int64_t *ret,
               struct err *e) MUST_CHECK;
/* Percent, 0 < x <= 100, with or without "%". RC_INPUT. */
int value_percent(struct str s, double *ret, struct err *e) MUST_CHECK;
/* RC_INPUT unless each name of @list is a field of an item. */
int fields_check(struct str list, struct err *e) MUST_CHECK;

/* ---- the words of q ---- */

enum { QUESTION_TERMS = 64, QUESTION_PHRASES = 8, REQUIRED = 0 };

struct question_term {
    char bytes[TERM_BYTES];
    uint8_t n;
    uint8_t fields; /* in which it counts, FIELD_… */
    uint8_t group;  /* REQUIRED, or the excluded group it belongs to */
};

struct question_phrase {
    struct words words;
    uint8_t fields;
    uint8_t group;
};

/* All REQUIRED terms and phrases must match; a document that matches all
 * of an excluded group (1 …) does not. */
struct question {
    struct question_term term[QUESTION_TERMS];
    size_t n;
    struct question_phrase phrase[QUESTION_PHRASES];
    size_t n_phrases;
    uint8_t groups;  /* excluded ones */
    size_t required; /* terms */
};
/* RC_INPUT: no word in it, too many, or "word*". Close it in any case. */
int question_open(struct question *ret, struct str q, struct err *e) MUST_CHECK;
void question_close(struct question *q);
static inline struct str question_str(const struct question_term *t)
{
    return str_n(t->bytes, t->n);
}

/* ---- filter ---- */

/* Why a document does not match; exactly one UNKNOWN bit is counted. */
enum {
    STATE_UNKNOWN_DURATION = 1,
    STATE_UNKNOWN_PUBLISHED = 2,
    STATE_UNKNOWN_RANK = 4,
    STATE_FAIL = 0x80
};

enum { RANGES_MAX = 5, FILTER_BLOCK = 1024 };

/* Values of one packed column within [min, max]. */
struct range {
    const uint32_t *col;     /* of the part */
    uint32_t lo, hi;         /* as codes */
    uint8_t unknown;         /* state of a value that is not known */
    const struct pack *pack; /* NULL = ranks: nothing is big */
    uint64_t min, max;
    bool recheck; /* a big value may be outside */
};

/* A query's filter for one part. */
struct filter {
    const struct search_query *q;
    const struct part *part;
    struct range range[RANGES_MAX];
    size_t n_ranges;
    uint8_t *lang; /* per language of the part: wanted?; NULL = any */
    bool lang_und; /* unknown languages are wanted */
    struct chan_run {
        uint32_t from, to; /* half open */
    } * chan;              /* wanted channels; NULL = any */
    size_t n_chan;
    bool survivor_checks; /* anything but ranges and deadness to check */
};
int filter_open(struct filter *f, const struct search_query *q,
                const struct snap *s, const struct part *part,
                struct err *e) MUST_CHECK;
void filter_close(struct filter *f);
/* state[i] for the documents from + i, i < n <= FILTER_BLOCK. */
void filter_dense(const struct filter *f, uint32_t from, uint32_t n,
                  uint8_t *state);
/* state[i] for the documents doc[i]. */
void filter_sparse(const struct filter *f, const uint32_t *doc, uint32_t n,
                   uint8_t *state);
/* Everything but ranges, for one document; the state it has then. */
uint8_t filter_rest(const struct filter *f, uint32_t doc, uint8_t state);
/* The percentile codes that @q asks for: [lo, hi]. */
void filter_rank_codes(const struct search_query *q, uint32_t *lo,
                       uint32_t *hi);

/* ---- matching ---- */

enum { MATCH_BLOCK = FILTER_BLOCK };

struct match_counts {
    uint64_t total;
    uint64_t unknown_duration, unknown_published, unknown_rank;
    uint64_t kept_shorts, kept_live, kept_kids, kept_unavailable;
};

/* Documents that match, by their number in the snapshot, any order of
 * blocks. @score NULL without words. */
typedef int (*match_fn)(void *ctx, const uint32_t *g, const float *score,
                        size_t n);
/* Tell @fn all matches of @q in @s. RC_INPUT as question_open(). */
int match_all(const struct snap *s, const struct search_query *q, match_fn fn,
              void *ctx, struct match_counts *counts, struct err *e) MUST_CHECK;

/* ---- order ---- */

/* Ascending keys, then ascending id, is the order of the answer. */
struct sort_key {
    uint64_t key[SEARCH_SORTS];
    uint64_t id;
};

/* The effective sort of a query. */
struct order {
    const struct snap *s;
    struct {
        enum search_sort by;
        bool down;
    } sort[SEARCH_SORTS];
    size_t n;
    enum ratio_id ratio;
    uint64_t seed;
};
void order_init(struct order *o, const struct snap *s,
                const struct search_query *q);
uint64_t order_key(const struct order *o, size_t i, uint32_t g, float score);
static inline int order_cmp(const struct sort_key *a, const struct sort_key *b)
{
    for (size_t i = 0; i < SEARCH_SORTS; i++)
        if (a->key[i] != b->key[i])
            return a->key[i] < b->key[i] ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}
/* What a cursor must agree with: the question and its order. */
uint64_t order_digest(const struct order *o, const struct search_query *q);

/* ---- cursors ---- */

struct cursor {
    uint64_t epoch;
    uint64_t query; /* order_digest() */
    struct sort_key after;
};
enum { CURSOR_TEXT = 96 };
void cursor_write(const struct cursor *c, char out[static CURSOR_TEXT]);
/* RC_INPUT unless every byte of it is right. */
int cursor_read(struct cursor *ret, struct str text, struct err *e) MUST_CHECK;

#endif
