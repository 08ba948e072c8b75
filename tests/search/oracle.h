/*
 * tests/search/oracle.h - what a search should answer, by looking at every
 * record: slow, short, and without a line of search/.
 */
#ifndef SVF_TESTS_SEARCH_ORACLE_H
#define SVF_TESTS_SEARCH_ORACLE_H

#include "tests/ratio/oracle.h"
#include "tests/search/world.h"

enum { ASK_ITEMS = 4, ASK_LIST = 6 };

/* An item of q: one or two words, perhaps quoted, excluded, of the title. */
struct ask_item {
    char word[2][24];
    bool quoted, excluded, title;
};

/* A question as it was thought of, before anybody wrote it down. */
struct ask {
    struct ask_item item[ASK_ITEMS];
    size_t n_items;
    uint64_t ids[ASK_LIST];
    size_t n_ids;
    uint64_t channel[ASK_LIST]; /* numbers of world_channel() */
    size_t n_channels;
    uint64_t category[ASK_LIST];
    size_t n_categories;
    const char *language[ASK_LIST];
    size_t n_languages;
    struct search_range duration, views, likes;
    int64_t from, to; /* s, 0 = open */
    enum ratio_id ratio;
    bool ratio_given;
    double top, bottom;
    uint64_t min_votes;
    bool no_shorts, no_live, no_kids, no_unavailable;
    struct {
        enum search_sort by;
        bool down;
    } sort[SEARCH_SORTS];
    size_t n_sort;
    uint64_t seed, limit;
};
void ask_random(struct world *w, struct ask *ret);
/* As parameters: "q=…&top=…". */
void ask_text(const struct ask *a, struct buf *out);

/* Ranks of a world: the definition's, over edges that were frozen. */
struct world_ranks {
    struct oracle r[RATIO_COUNT];
};
/* @frozen NULL: derive edges from the world as it is. */
void world_rank(const struct world *w, const struct ratio_options *o,
                const struct world_ranks *frozen, struct world_ranks *ret);
void world_ranks_fini(struct world_ranks *k);

/* All that match, in order. */
struct answer {
    size_t at[WORLD_MAX]; /* numbers of records */
    double score[WORLD_MAX];
    size_t n;
    uint64_t unknown_duration, unknown_published, unknown_rank;
    uint64_t kept_shorts, kept_live, kept_kids, kept_unavailable;
    bool by_relevance; /* then the order is by id: scores are not rounded
                          here as they are there */
};
/* @ranks NULL = never ranked. */
void oracle_answer(const struct world *w, const struct world_ranks *ranks,
                   const struct ask *a, struct answer *ret);

#endif
