/* ratio/names.c - the four ratios by name, in both forms that people use. */
#include "ratio/ratio.h"

static const struct {
    const char *name, *pair;
} names[RATIO_COUNT] = {
    [RATIO_LIKES_VIEWS] = { "likesViews", "likes/views" },
    [RATIO_LIKES_DISLIKES] = { "likesDislikes", "likes/dislikes" },
    [RATIO_COMMENTS_VIEWS] = { "commentsViews", "comments/views" },
    [RATIO_DISLIKES_VIEWS] = { "dislikesViews", "dislikes/views" },
};

const char *ratio_name(enum ratio_id r)
{
    return names[r].name;
}

const char *ratio_pair(enum ratio_id r)
{
    return names[r].pair;
}

int ratio_parse(struct str s, enum ratio_id *ret, struct err *e)
{
    for (int r = 0; r < RATIO_COUNT; r++) {
        if (!str_eqz(s, names[r].name) && !str_eqz(s, names[r].pair))
            continue;
        *ret = (enum ratio_id)r;
        return RC_OK;
    }
    return err_set(e, RC_INPUT,
                   "'%.*s' is not a ratio: likes/views, likes/dislikes, "
                   "comments/views or dislikes/views",
                   s.n > 40 ? 40 : (int)s.n, s.p ? s.p : "");
}
