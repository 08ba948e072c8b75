/*
 * sim/corpus_top.c - the slots with the most views, of any number of videos.
 *
 * Rules
 *   1. a binary heap with the least entry in front: what is not larger than
 *      that never enters, so a scan costs one comparison a video
 *   2. equal views: the lower slot ranks higher, so the result does not
 *      depend on the order of the scan
 */
#include "sim/corpus_priv.h"

static bool less(const struct corpus_top *t, size_t a, size_t b)
{
    if (t->views[a] < t->views[b])
        return true;
    return !(t->views[b] < t->views[a]) && t->slot[a] > t->slot[b];
}

static void swap(struct corpus_top *t, size_t a, size_t b)
{
    double views = t->views[a];
    uint64_t slot = t->slot[a];
    t->views[a] = t->views[b];
    t->slot[a] = t->slot[b];
    t->views[b] = views;
    t->slot[b] = slot;
}

static void sink(struct corpus_top *t, size_t at, size_t n)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= n)
            return;
        if (child + 1 < n && less(t, child + 1, child))
            child++;
        if (!less(t, child, at))
            return;
        swap(t, at, child);
        at = child;
    }
}

static void rise(struct corpus_top *t, size_t at)
{
    while (at && less(t, at, (at - 1) / 2)) {
        swap(t, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

void corpus_top_add(struct corpus_top *t, uint64_t slot, double views)
{
    if (t->n < CORPUS_POPULAR_MAX) {
        t->views[t->n] = views;
        t->slot[t->n] = slot;
        rise(t, t->n++);
        return;
    }
    if (views < t->views[0] || (!(views > t->views[0]) && slot > t->slot[0]))
        return;
    t->views[0] = views;
    t->slot[0] = slot;
    sink(t, 0, t->n);
}

void corpus_top_sort(struct corpus_top *t)
{
    for (size_t n = t->n; n > 1; n--) {
        swap(t, 0, n - 1);
        sink(t, 0, n - 1);
    }
}
