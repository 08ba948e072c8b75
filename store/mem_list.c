/*
 * store/mem_list.c - the sorted list of counters or documents behind mem:
 * stores.
 *
 * Rules
 *   1. items are in the order of their keys as bytes, no two alike
 *   2. an item owns its key and its body
 *
 * Threads: the caller locks.
 */
#include "store/mem_priv.h"

#include <stdlib.h>

static void item_fini(struct mem_item *x)
{
    free(x->key);
    free(x->body);
}

void mem_list_fini(struct mem_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        item_fini(&l->items[i]);
    free(l->items);
    *l = (struct mem_list){ .items = NULL };
}

size_t mem_list_at(const struct mem_list *l, const char *key)
{
    size_t lo = 0, hi = l->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (str_cmp(str_of(l->items[mid].key), str_of(key)) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct mem_item *mem_list_get(const struct mem_list *l, const char *key)
{
    size_t i = mem_list_at(l, key);
    if (i == l->n || strcmp(l->items[i].key, key) != 0)
        return NULL;
    return &l->items[i];
}

static bool grow(struct mem_list *l)
{
    if (l->n < l->cap)
        return true;
    size_t cap = l->cap ? l->cap * 2 : 16;
    struct mem_item *p = realloc(l->items, cap * sizeof(*p));
    if (!p)
        return false;
    l->items = p;
    l->cap = cap;
    return true;
}

struct mem_item *mem_list_add(struct mem_list *l, const char *key)
{
    char *copy = strdup(key);
    if (!copy || !grow(l)) {
        free(copy);
        return NULL;
    }
    size_t i = mem_list_at(l, key);
    struct mem_item *x = &l->items[i];
    memmove(x + 1, x, (l->n - i) * sizeof(*x));
    l->n++;
    *x = (struct mem_item){ .key = copy };
    return x;
}

void mem_list_remove(struct mem_list *l, struct mem_item *item)
{
    size_t i = (size_t)(item - l->items);
    item_fini(item);
    l->n--;
    memmove(item, item + 1, (l->n - i) * sizeof(*item));
}

static bool copy_item(struct mem_list *to, const struct mem_item *from)
{
    struct mem_item *x = mem_list_add(to, from->key);
    if (!x)
        return false;
    x->value = from->value;
    x->version = from->version;
    x->fence = from->fence;
    x->body = malloc(from->body_n + 1);
    if (!x->body)
        return false;
    if (from->body_n)
        memcpy(x->body, from->body, from->body_n);
    x->body_n = from->body_n;
    return true;
}

bool mem_list_copy(const struct mem_list *l, const char *prefix,
                   struct mem_list *ret)
{
    size_t i = mem_list_at(l, prefix);
    for (; i < l->n; i++) {
        if (!str_starts(str_of(l->items[i].key), str_of(prefix)))
            return true;
        if (!copy_item(ret, &l->items[i])) {
            mem_list_fini(ret);
            return false;
        }
    }
    return true;
}
