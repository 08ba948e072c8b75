/*
 * search/item_json.c - an item as a JSON object, ratios nested.
 *
 * Rules
 *   1. a fact that is not known is null, not left out; so is a ratio
 *      without a rank
 *   2. fields that were not chosen are left out
 *
 * Threads: any.
 */
#include "search/item_priv.h"

#include <stdlib.h>

static void list_json(struct jsonw *w, struct str lines)
{
    struct str part;
    jsonw_arr(w);
    while (lines.n && str_split(&lines, '\n', &part))
        jsonw_str(w, part);
    jsonw_arr_end(w);
}

void item_value_json(struct jsonw *w, const struct item_value *v)
{
    switch (v->kind) {
    case ITEM_ABSENT:
        jsonw_null(w);
        break;
    case ITEM_TEXT:
        jsonw_str(w, v->text);
        break;
    case ITEM_U64:
        jsonw_u64(w, v->u64);
        break;
    case ITEM_F64:
        jsonw_f64(w, v->f64);
        break;
    case ITEM_BOOL:
        jsonw_bool(w, v->u64 != 0);
        break;
    case ITEM_LIST:
        list_json(w, v->text);
        break;
    }
}

static void member(struct jsonw *w, const struct search_item *item, int col,
                   const char *name)
{
    struct item_value v;
    item_value(item, col, &v);
    jsonw_key(w, name);
    item_value_json(w, &v);
}

/* ---- ratios ---- */

static bool any_chosen(const bool *chosen, int from, int n)
{
    for (int i = from; i < from + n; i++)
        if (chosen[i])
            return true;
    return false;
}

static bool in_bucket(enum leaf leaf)
{
    return leaf == LEAF_VIEWS_MIN || leaf == LEAF_VIEWS_MAX || leaf == LEAF_N;
}

/* The three leaves of the bucket, which lie side by side. */
static void bucket_object(struct jsonw *w, const struct search_item *item,
                          enum ratio_id r, const bool *chosen)
{
    const size_t group = sizeof("bucket.") - 1;
    jsonw_key(w, "bucket");
    jsonw_obj(w);
    for (enum leaf leaf = LEAF_VIEWS_MIN; leaf <= LEAF_N; leaf++)
        if (chosen[col_leaf(r, leaf)])
            member(w, item, col_leaf(r, leaf), leaf_names[leaf] + group);
    jsonw_obj_end(w);
}

static void ratio_object(struct jsonw *w, const struct search_item *item,
                         enum ratio_id r, const bool *chosen)
{
    jsonw_key(w, ratio_name(r));
    if (!item_ranked(item, r)) {
        jsonw_null(w);
        return;
    }
    jsonw_obj(w);
    for (enum leaf leaf = 0; leaf < LEAFS; leaf++) {
        if (leaf == LEAF_VIEWS_MIN && any_chosen(chosen, col_leaf(r, leaf), 3))
            bucket_object(w, item, r, chosen);
        if (!in_bucket(leaf) && chosen[col_leaf(r, leaf)])
            member(w, item, col_leaf(r, leaf), leaf_names[leaf]);
    }
    jsonw_obj_end(w);
}

static void ratios_object(struct jsonw *w, const struct search_item *item,
                          const bool *chosen)
{
    if (!any_chosen(chosen, item_rows_n, RATIO_COUNT * LEAFS))
        return;
    jsonw_key(w, "ratios");
    jsonw_obj(w);
    for (enum ratio_id r = 0; r < RATIO_COUNT; r++)
        if (any_chosen(chosen, col_leaf(r, 0), LEAFS))
            ratio_object(w, item, r, chosen);
    jsonw_obj_end(w);
}

/* ---- items ---- */

void item_object(struct jsonw *w, const struct search_item *item,
                 const bool chosen[static COLS_MAX])
{
    jsonw_obj(w);
    for (int i = 0; i < item_rows_n; i++)
        if (chosen[i])
            member(w, item, i, item_rows[i].name);
    ratios_object(w, item, chosen);
    jsonw_obj_end(w);
}

static void choose_all(bool chosen[static COLS_MAX])
{
    for (int i = 0; i < item_rows_n; i++)
        chosen[i] = true;
    for (enum ratio_id r = 0; r < RATIO_COUNT; r++)
        for (enum leaf leaf = 0; leaf < LEAFS; leaf++)
            chosen[col_leaf(r, leaf)] = leaf_exists(r, leaf);
}

void search_item_json(struct jsonw *w, const struct search_item *item,
                      const char *fields, bool derived)
{
    bool chosen[COLS_MAX] = { false };
    struct search_columns c;
    /* fields were checked when they were set: a bad list cannot come here,
     * and if it does, it chooses nothing */
    if (!fields || !*fields)
        choose_all(chosen);
    else if (columns_resolve(str_of(fields), false, &c, NULL) == RC_OK)
        for (size_t i = 0; i < c.n; i++)
            chosen[c.id[i]] = true;
    for (int i = item_rows_n; !derived && i < COLS_MAX; i++)
        chosen[i] = false;
    item_object(w, item, chosen);
}
