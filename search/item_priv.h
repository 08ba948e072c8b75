/* search/item_priv.h - columns of an item: their numbers, names, values. */
#ifndef SVF_SEARCH_ITEM_PRIV_H
#define SVF_SEARCH_ITEM_PRIV_H

#include "search/search.h"

/* Facts of a video that no field of the schema holds as such. */
enum { FIELD_ID = 1000, FIELD_ISO };

enum leaf {
#define LEAF(leaf, name) LEAF_##leaf,
#include "search/item.def"
#undef LEAF
    LEAFS
};

/* Rows of item.def, in its order. */
struct item_row {
    const char *name;
    int field; /* enum video_field, or FIELD_ID, FIELD_ISO */
};
extern const struct item_row item_rows[];
extern const int item_rows_n;
extern const char *const leaf_names[LEAFS];

/* Column numbers: facts, then the leaves of each ratio, then q.<ratio>,
 * then bucket.<ratio>. */
static inline int col_leaf(enum ratio_id r, enum leaf leaf)
{
    return item_rows_n + (int)r * LEAFS + (int)leaf;
}
static inline int col_q(enum ratio_id r)
{
    return col_leaf(RATIO_COUNT, 0) + (int)r;
}
static inline int col_bucket(enum ratio_id r)
{
    return col_q(RATIO_COUNT) + (int)r;
}
static inline bool col_derived(int col)
{
    return col >= item_rows_n;
}
enum { COLS_MAX = 128 };

enum item_kind {
    ITEM_ABSENT,
    ITEM_TEXT,
    ITEM_U64,
    ITEM_F64,
    ITEM_BOOL,
    ITEM_LIST
};

struct item_value {
    enum item_kind kind;
    struct str text; /* TEXT, LIST (joined by line feeds) */
    uint64_t u64;    /* U64, BOOL */
    double f64;      /* F64 */
    char room[64];   /* where short texts lie */
};
/* The value of column @col; its text is borrowed from @item or @ret. */
void item_value(const struct search_item *item, int col,
                struct item_value *ret);
bool item_ranked(const struct search_item *item, enum ratio_id r);
/* Does likesDislikes alone have it? */
bool leaf_exists(enum ratio_id r, enum leaf leaf);

/* Write @v as a JSON value. */
void item_value_json(struct jsonw *w, const struct item_value *v);
/* The item with nested ratios, of the columns where @chosen is true. */
void item_object(struct jsonw *w, const struct search_item *item,
                 const bool chosen[static COLS_MAX]);
/* The columns that @list names. @shorts: short names come first, else they
 * are not known. RC_INPUT. */
int columns_resolve(struct str list, bool shorts, struct search_columns *ret,
                    struct err *e) MUST_CHECK;

#endif
