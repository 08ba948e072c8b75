/*
 * tests/schema/alloc_test.c - the parser's allocation N fails, for each N:
 * the page is refused, nothing is lost, and the next try succeeds.
 *
 * RC_INPUT is allowed beside RC_NOMEM: inside a text the parser reports a
 * failed allocation as a token that it does not know.
 */
#include "schema/schema.h"
#include "tests/t.h"

#include <jansson.h>

static long countdown = -1; /* allocations until one fails; -1 = never */
static long living;

static void *failing_malloc(size_t n)
{
    if (countdown == 0)
        return NULL;
    if (countdown > 0)
        countdown--;
    living++;
    return malloc(n);
}

static void counting_free(void *p)
{
    living -= p != NULL;
    free(p);
}

static const char body[] =
    "{\"kind\":\"youtube#videoListResponse\",\"items\":[{\"id\":"
    "\"AAAAAAAAAAA\",\"snippet\":{\"title\":\"a long enough title\","
    "\"tags\":[\"a\",\"b\"]},\"statistics\":{\"viewCount\":12}}]}";

static int decode(size_t arena_max)
{
    struct arena arena = ARENA_INIT(arena_max);
    struct decode_page page = { .n_items = 77 };
    struct err e = ERR_INIT;
    int rc = decode_page(STR(body), DECODE_VIDEOS, 1, &arena, &page, &e);
    T_U64("page is written on success only", page.n_items, rc ? 77 : 1);
    if (rc)
        ck_assert_str_ne(e.msg, "");
    arena_fini(&arena);
    return rc;
}

START_TEST(each_allocation_of_the_parser_fails_once)
{
    json_set_alloc_funcs(failing_malloc, counting_free);
    int rc = RC_NOMEM;
    long n = 0;
    for (; rc != RC_OK && n < 1000; n++) {
        countdown = n;
        rc = decode(1 << 20);
        ck_assert_msg(rc == RC_OK || rc == RC_NOMEM || rc == RC_INPUT,
                      "allocation %ld: %s", n, err_name(rc));
        if (n == 0) /* outside of any text it is told as what it is */
            ck_assert_int_eq(rc, RC_NOMEM);
        ck_assert_msg(living == 0, "allocation %ld: %ld lost", n, living);
    }
    ck_assert_int_eq(rc, RC_OK);
    ck_assert_int_gt(n, 10);
    countdown = -1;
    json_set_alloc_funcs(malloc, free);
}
END_TEST

START_TEST(the_arena_ends_anywhere)
{
    int rc = RC_NOMEM;
    for (size_t max = 0; rc != RC_OK && max < 100000; max += 8) {
        rc = decode(max);
        ck_assert_msg(rc == RC_OK || rc == RC_NOMEM, "%zu bytes: %s", max,
                      err_name(rc));
    }
    ck_assert_int_eq(rc, RC_OK);
}
END_TEST

T_SUITE("schema allocations", 60, each_allocation_of_the_parser_fails_once,
        the_arena_ends_anywhere)
