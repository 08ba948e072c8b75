/* sim/search_priv.h - what search.list looks for, and what it finds. */
#ifndef SVF_SIM_SEARCH_PRIV_H
#define SVF_SIM_SEARCH_PRIV_H

#include "sim/service_priv.h"

enum {
    SEARCH_RESULTS_MAX = 500, /* where the real service's pages dry up */
    SEARCH_SCAN_MAX = 20000,  /* slots looked at for one query */
    SEARCH_CHANNELS_MAX = 2000
};

enum search_order { BY_RELEVANCE, BY_DATE, BY_VIEWS, BY_RATING, BY_TITLE };

struct search_query {
    struct str q;          /* words; p NULL = all */
    bool videos, channels; /* wanted types */
    bool in_channel;
    struct cid channel;
    bool has_after, has_before;
    int64_t after, before;               /* seconds; [after, before) */
    uint64_t duration_min, duration_max; /* [min, max] */
    uint64_t category;                   /* 0 = any */
    uint64_t live;                       /* enum schema_live, 0 = any */
    bool embeddable_only, commons_only, hd_only, sd_only, caption_only,
        no_caption;
    bool nothing; /* asks for a kind that no video of the simulator is */
    enum search_order order;
    uint64_t hash; /* of all of the above */
};

/* Read the checked parameters. Fails for bad combinations. */
int search_query_read(const struct params *p, struct search_query *ret,
                      struct api_error *x) MUST_CHECK;
/* Do the words of @q fit @title? "a b" both, "a|b" either, "-a" not. */
bool search_words_fit(struct str q, struct str title);
bool search_fits(const struct search_query *q, const struct video *v);

#endif
