/*
 * bench/search_data.h - n videos for bench/search.c, as plain rows: what the
 * naive scan reads, and what the store is filled with.
 */
#ifndef SVF_BENCH_SEARCH_DATA_H
#define SVF_BENCH_SEARCH_DATA_H

#include "base/rnd.h"
#include "ratio/ratio.h"
#include "store/store.h"

enum {
    VOCABULARY = 200000, /* words; number r is about r times rarer than 1 */
    TITLE_WORDS = 12,
    TAG_WORDS = 6,
    CHANNEL_WORDS = 2,
    DATA_NOW = 1763200000 /* s */
};

/* Words are numbers from 1; 0 fills up. */
struct row {
    uint64_t id, views, likes; /* likes RATIO_UNKNOWN: hidden */
    uint32_t duration, published;
    uint32_t title[TITLE_WORDS], tag[TAG_WORDS], channel[CHANNEL_WORDS];
};

struct data {
    struct row *row; /* owned */
    uint32_t *q;     /* owned; ranks by likes/views, once data_rank() ran */
    uint32_t *df;    /* owned; [word] rows that have it */
    double mean_len; /* words of a title */
    size_t n, cap;
    struct rnd rnd;
    struct ratio_table *edges; /* owned; of the first data_rank() */
};

void data_init(struct data *d, uint64_t seed, size_t cap);
void data_fini(struct data *d);
/* Add rows up to @n; counted in df and mean_len. */
void data_grow(struct data *d, size_t n);
/* Rank by ratio_rank(); edges are frozen by the first call. */
void data_rank(struct data *d);
/* Likes of row @i have grown. */
void data_like(struct data *d, size_t i);
/* Put rows [from, to), or those of @which when not NULL. */
void data_put(const struct data *d, struct store *s, const size_t *which,
              size_t from, size_t to, int64_t stats_at);
/* Text of @word, at most 16 bytes. */
const char *data_word(uint32_t word, char out[static 16]);

/* Print and end the process: a bench has nobody to tell. */
_Noreturn void data_give_up(const char *why);

#endif
