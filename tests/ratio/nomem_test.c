/*
 * tests/ratio/nomem_test.c - allocation number 0, 1, 2 … is refused until a
 * ranking succeeds: each failure is RC_NOMEM, leaks nothing (the sanitizer
 * looks) and leaves the outputs alone.
 *
 * The linker sends ratio/'s malloc, calloc and realloc here (--wrap).
 */
#include "ratio/ratio.h"
#include "tests/ratio/sets.h"
#include "tests/t.h"

static long left = -1; /* allocations granted; -1 = all */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool refused(void)
{
    return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t n)
{
    return refused() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refused() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return refused() ? NULL : __real_realloc(p, n);
}

START_TEST(each_allocation_may_fail)
{
    enum { N = 3000 };
    static uint32_t q[N];
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    static const int sets[] = { 0, 13, 14 }; /* also ties, which allocate */
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        struct set s;
        set_init(&s, sets[i], RATIO_LIKES_DISLIKES, N, 1);
        int rc = RC_NOMEM;
        long n;
        for (n = 0; rc != RC_OK && n < 1000; n++) {
            struct err e = ERR_INIT;
            struct ratio_table *t = NULL;
            memset(q, 0x55, sizeof(q));
            left = n;
            rc = ratio_rank(&o, RATIO_LIKES_DISLIKES, &s.rows, NULL, q, &t, &e);
            left = -1;
            if (rc == RC_OK) {
                ratio_table_close(t);
                break;
            }
            T_RC(set_names[sets[i]], rc, RC_NOMEM, &e);
            T_TRUE("no table", !t);
            for (size_t j = 0; j < N; j++)
                T_U64("q untouched", q[j], 0x55555555);
        }
        T_TRUE("the loop met at least ten allocations", n >= 10 && n < 1000);
        set_fini(&s);
    }
}
END_TEST

T_SUITE("nomem", 120, each_allocation_may_fail)
