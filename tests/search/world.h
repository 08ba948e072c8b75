/*
 * tests/search/world.h - random records, and what happens to them, kept
 * beside the store so that an oracle can look at them.
 */
#ifndef SVF_TESTS_SEARCH_WORLD_H
#define SVF_TESTS_SEARCH_WORLD_H

#include "base/arena.h"
#include "tests/search/kit.h"

enum { WORLD_MAX = 4000, WORLD_CHANNELS = 30 };

struct world {
    struct kit *kit;
    struct rnd rnd;
    struct arena text;
    struct video v[WORLD_MAX];
    bool alive[WORLD_MAX]; /* in the store and not gone */
    size_t n;
    int64_t now; /* s, stats_at of the next put */
};

struct world *world_open(struct kit *k, uint64_t seed);
void world_close(struct world *w);
/* Add @n new records. */
void world_add(struct world *w, size_t n);
/* Something happens to @n records: counts move, a text changes, a fact is
 * withdrawn, it is gone, comes back, is deleted, or nothing at all. */
void world_change(struct world *w, size_t n);

/* A store of random records with an index over it. */
struct indexed {
    struct kit k;
    struct world *w;
    struct search *s;
};
/* @n records in a mem: store; @file: the index has a segment file. */
void indexed_open(struct indexed *f, uint64_t seed, size_t n, bool file);
void indexed_close(struct indexed *f);

/* Titles, tags and channels are made of these; the first are frequent. */
extern const char *const world_words[];
extern const size_t world_words_n;
extern const char *const world_languages[];
extern const size_t world_languages_n;
struct cid world_channel(uint64_t i);

#endif
