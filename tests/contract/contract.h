/*
 * tests/contract/contract.h - what the cases of the store contract share:
 * the back end under test, a store made for each test, small builders.
 */
#ifndef SVF_TESTS_CONTRACT_CONTRACT_H
#define SVF_TESTS_CONTRACT_CONTRACT_H

#include "store/store.h"
#include "tests/t.h"

/* A back end under test: one line in main.c. */
struct column {
    const char *name;
    /* Write the uri of a new, empty store to @uri; @dir is a folder of this
     * test. */
    void (*uri)(char uri[static 600], const char *dir);
    /* Once, before the first test; NULL = nothing to do. */
    void (*start)(void);
    void (*stop)(void);
    bool keeps;  /* a second handle, and a second process, see the store */
    bool prunes; /* options.feed_keep bounds the feed */
};
extern const struct column *column;

/* Made before each test, closed and removed after it. */
extern struct fixture {
    struct store *s;
    struct err e;
    char dir[256];
    char uri[600];
} fx;

/* Open another handle on the fixture's store (column->keeps only). */
struct store *open_again(bool read_only);
/* Open a store of its own, beside the fixture's; feed_keep 0 = default. */
struct store *open_other(const char *name, uint64_t feed_keep);
/* Close and open the fixture's store, where that keeps it. */
void reopen(void);

/* A list of tests; each file of cases defines some, main.c names them. */
struct contract_case {
    const char *name;
    const TTest **const *tests; /* addresses of Check's; NULL ends it */
};
extern const struct contract_case record_cases[], feed_cases[], item_cases[],
    open_cases[], above_cases[], thread_cases[], whole_cases[];

/* ---- builders ---- */

struct video video_of(uint64_t id, uint64_t views, int64_t stats_at);
/* Put one record of @t with @fence; the outcome. */
enum store_outcome put_one(const struct schema_type *t, const void *rec,
                           uint64_t fence);
static inline enum store_outcome put_video(const struct video *v)
{
    return put_one(&schema_video, v, 0);
}
/* Read video @id with all columns; NULL when it is not there. The text
 * lives until the test ends. */
const struct video *get_video(struct store *s, uint64_t id);
/* Set every field of @rec to a value that only field and @salt decide. */
void fill_record(const struct schema_type *t, void *rec, uint64_t salt);
/* Check that two records are equal in key, have and all values. */
void same_record(const char *name, const struct schema_type *t, const void *got,
                 const void *want);
/* Number of records of @t by a scan. */
size_t scan_count(struct store *s, const struct schema_type *t);
/* The feed's position now. */
struct store_pos feed_now(struct store *s);
/* Number of changes behind @pos (at most 100,000), which moves. */
size_t feed_count(struct store *s, struct store_pos *pos);

#endif
