/*
 * search/columns.c - columns by name: facts, short names, dotted ones.
 *
 * Rules
 *   1. a name of a group (ratios, ratios.likesViews, ratios.likesViews.bucket)
 *      stands for all columns in it
 *   2. in --columns a short name wins: there `duration` is in seconds; in
 *      `fields` of the HTTP API only the item's own names are known
 *   3. an unknown name is refused, and the nearest one told
 *
 * Threads: any; no state.
 */
#include "search/item_priv.h"

#include "base/conf.h"
#include "search/query_priv.h"

#include <stdlib.h>

static const struct {
    const char *name, *item;
} short_names[] = {
#define SHORT(name, item) { name, item },
#include "search/item.def"
#undef SHORT
};

/* The list under construction. */
struct resolving {
    struct search_columns *c;
    struct err *e;
};

static int add(const struct resolving *x, int col, const char *header)
{
    struct search_columns *c = x->c;
    if (c->n == SEARCH_COLUMNS_MAX)
        return err_set(x->e, RC_INPUT, "more than %d columns",
                       SEARCH_COLUMNS_MAX);
    c->id[c->n] = col;
    snprintf(c->header[c->n], sizeof(c->header[c->n]), "%s", header);
    c->derived = c->derived || col_derived(col);
    c->n++;
    return RC_OK;
}

static int find_item(struct str name)
{
    for (int i = 0; i < item_rows_n; i++)
        if (str_eqz(name, item_rows[i].name))
            return i;
    return -1;
}

static int find_short(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(short_names); i++)
        if (str_eqz(name, short_names[i].name))
            return find_item(str_of(short_names[i].item));
    return -1;
}

/* ---- ratios ---- */

static void leaf_header(enum ratio_id r, enum leaf leaf, char out[static 48])
{
    snprintf(out, 48, "ratios.%s.%s", ratio_name(r), leaf_names[leaf]);
}

/* Is @leaf named by @path: itself, or the group in front of its dot? */
static bool leaf_named(enum leaf leaf, struct str path)
{
    struct str name = str_of(leaf_names[leaf]);
    return path.n == 0 || str_eq(name, path) ||
           (str_starts(name, path) && name.p[path.n] == '.');
}

/* All leaves of @r that @path names; RC_NOTFOUND when none does. */
static int add_leaves(const struct resolving *x, enum ratio_id r,
                      struct str path)
{
    char header[48];
    bool any = false;
    for (enum leaf leaf = 0; leaf < LEAFS; leaf++) {
        if (!leaf_exists(r, leaf) || !leaf_named(leaf, path))
            continue;
        leaf_header(r, leaf, header);
        int rc = add(x, col_leaf(r, leaf), header);
        if (rc)
            return rc;
        any = true;
    }
    return any ? RC_OK : RC_NOTFOUND;
}

static int add_all_ratios(const struct resolving *x)
{
    int rc = RC_OK;
    for (enum ratio_id r = 0; !rc && r < RATIO_COUNT; r++)
        rc = add_leaves(x, r, STR(""));
    return rc;
}

/* "likesViews" or "likesViews.bucket.n" behind "ratios." */
static int add_ratio(const struct resolving *x, struct str path)
{
    struct str name;
    enum ratio_id r;
    if (!str_split(&path, '.', &name) || ratio_parse(name, &r, NULL))
        return RC_NOTFOUND;
    return add_leaves(x, r, path.p ? path : STR(""));
}

/* "q.likesViews", "bucket.likesViews" */
static int add_rank(const struct resolving *x, struct str name)
{
    char header[48];
    enum ratio_id r;
    bool q = str_starts(name, STR("q."));
    if (!q && !str_starts(name, STR("bucket.")))
        return RC_NOTFOUND;
    if (ratio_parse(str_from(name, q ? 2 : 7), &r, NULL))
        return RC_NOTFOUND;
    snprintf(header, sizeof(header), "%s.%s", q ? "q" : "bucket",
             ratio_name(r));
    return add(x, q ? col_q(r) : col_bucket(r), header);
}

/* ---- names ---- */

static int refuse(const struct resolving *x, struct str name, bool shorts)
{
    const char *names[COLS_MAX];
    char asked[64];
    size_t n = 0;
    for (size_t i = 0; shorts && i < ARRAY_LEN(short_names); i++)
        names[n++] = short_names[i].name;
    for (int i = 0; i < item_rows_n; i++)
        names[n++] = item_rows[i].name;
    names[n++] = "ratios";
    snprintf(asked, sizeof(asked), "%.*s", name.n < 63 ? (int)name.n : 63,
             name.p ? name.p : "");
    const char *nearest = conf_nearest(asked, names, n);
    return err_set(x->e, RC_INPUT, "no field '%s'%s%s%s", asked,
                   nearest ? "; did you mean '" : "", nearest ? nearest : "",
                   nearest ? "'?" : "");
}

static int add_name(const struct resolving *x, struct str name, bool shorts)
{
    char header[48];
    int col = shorts ? find_short(name) : -1;
    int rc = RC_NOTFOUND;
    if (col < 0)
        col = find_item(name);
    if (col >= 0) {
        snprintf(header, sizeof(header), "%.*s", STR_ARG(name));
        rc = add(x, col, header);
    } else if (str_eqz(name, "ratios")) {
        rc = add_all_ratios(x);
    } else if (str_starts(name, STR("ratios."))) {
        rc = add_ratio(x, str_from(name, 7));
    } else if (shorts) {
        rc = add_rank(x, name);
    }
    return rc == RC_NOTFOUND ? refuse(x, name, shorts) : rc;
}

int columns_resolve(struct str list, bool shorts, struct search_columns *ret,
                    struct err *e)
{
    struct str part;
    struct search_columns *c = calloc(1, sizeof(*c));
    int rc = RC_OK;
    if (!c)
        return err_set(e, RC_NOMEM, "no memory for columns");
    struct resolving x = { .c = c, .e = e };
    while (!rc && str_split(&list, ',', &part))
        rc = add_name(&x, str_trim(part), shorts);
    if (!rc)
        *ret = *c;
    free(c);
    return rc;
}

static int all_columns(struct search_columns *ret, struct err *e)
{
    *ret = (struct search_columns){ .all = true };
    struct resolving x = { .c = ret, .e = e };
    int rc = RC_OK;
    for (int i = 0; !rc && i < item_rows_n; i++)
        rc = add(&x, i, item_rows[i].name);
    return rc ? rc : add_all_ratios(&x);
}

/* ---- the public side ---- */

int search_columns_parse(struct str list, struct search_columns *ret,
                         struct err *e)
{
    list = str_trim(list);
    return list.n ? columns_resolve(list, true, ret, e) : all_columns(ret, e);
}

int fields_check(struct str list, struct err *e)
{
    struct search_columns c;
    return columns_resolve(list, false, &c, e);
}

bool search_columns_derived(const struct search_columns *c)
{
    return c->derived;
}

void search_columns_drop_derived(struct search_columns *c)
{
    size_t k = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (col_derived(c->id[i]))
            continue;
        c->id[k] = c->id[i];
        memmove(c->header[k], c->header[i], sizeof(c->header[k]));
        k++;
    }
    c->n = k;
    c->derived = false;
}
