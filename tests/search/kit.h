/*
 * tests/search/kit.h - a store with records, and indexes over it.
 */
#ifndef SVF_TESTS_SEARCH_KIT_H
#define SVF_TESTS_SEARCH_KIT_H

#include "base/rnd.h"
#include "search/search.h"
#include "tests/base/tmp.h"
#include "tests/t.h"

enum { KIT_NOW = 1763200000 }; /* s: the clock of all tests */

struct kit {
    struct tmp tmp;
    char uri[600];
    char index[600]; /* path of the segment file */
    struct store *store;
    struct clk_step clock;
    struct err e;
};

/* @kind "mem:", or "sqlite:" for a file in a temporary folder. */
void kit_open(struct kit *k, const char *kind);
/* A mem: store whose feed remembers @changes. */
void kit_open_short_feed(struct kit *k, uint64_t changes);
void kit_close(struct kit *k);
/* An index over the store; @file: with the segment file. */
struct search *kit_index(struct kit *k, bool file);
void kit_put(struct kit *k, const struct video *v, size_t n);
void kit_delete(struct kit *k, uint64_t id);
void kit_refresh(struct kit *k, struct search *s);
/* Ask with "name=value&name=value" (values are not decoded). */
int kit_ask(struct kit *k, struct search *s, const char *params,
            struct search_result *ret);
/* A query from the same text; it must be a good one. */
void kit_query(struct kit *k, const char *params, struct search_query *ret);
/* The ids of an answer, as small numbers with blanks between. */
const char *kit_ids(struct search *s, struct search_result *r, char *out,
                    size_t size);

/* A record of small fixed facts: id @id, views and likes given, published
 * KIT_NOW - @id days, duration 60 * @id seconds. @title is borrowed. */
struct video kit_video(uint64_t id, uint64_t views, uint64_t likes,
                       const char *title);

#endif
