/*
 * fuzz/decode_page.c - any bytes as an answer: as a page of every kind, as
 * an error body, as a small document.
 *
 * Rules
 *   1. a record that the decoder hands out passes schema_validate()
 *   2. the counts of a page add up, its arrays are within its items
 *   3. what an error body becomes is one line of UTF-8
 */
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "schema/schema.h"

#include <assert.h>
#include <stdint.h>

static void check_page(const struct decode_page *p)
{
    for (size_t i = 0; i < p->n_videos; i++)
        assert(schema_validate(&schema_video, &p->videos[i], NULL) == RC_OK);
    for (size_t i = 0; i < p->n_channels; i++)
        assert(schema_validate(&schema_channel, &p->channels[i], NULL) ==
               RC_OK);
    assert(p->n_videos + p->n_channels + p->n_rejected <= p->n_items);
    assert(utf8_valid(p->next_page_token) && utf8_valid(p->kind));
    assert((p->n_rejected == 0) == (p->first_reject[0] == '\0'));
    assert(utf8_valid(str_of(p->first_reject)));
}

static void page(struct str body, enum decode_what expect)
{
    struct arena arena = ARENA_INIT(16 << 20);
    struct decode_page p;
    struct err e = ERR_INIT;
    int rc = decode_page(body, expect, 1, &arena, &p, &e);
    assert(rc == RC_OK || rc == RC_INPUT || rc == RC_NOMEM);
    if (rc == RC_OK)
        check_page(&p);
    else
        assert(e.msg[0] && utf8_valid(str_of(e.msg)));
    arena_fini(&arena);
}

static void check_line(const char *z)
{
    assert(utf8_valid(str_of(z)));
    for (; *z; z++)
        assert((unsigned char)*z >= ' ');
}

static void error_body(struct str body)
{
    struct decode_error d;
    decode_error(body, &d);
    check_line(d.reason);
    check_line(d.detail);
    check_line(d.status);
    check_line(d.message);
    assert(d.code >= 0 && d.code <= 999);
}

static bool visit(void *ctx, struct str key, const struct jsonr *v)
{
    struct str s;
    uint64_t u;
    int64_t i;
    double d;
    bool b;
    assert(utf8_valid(key));
    int types = jsonr_is_object(v) + jsonr_is_array(v) + jsonr_is_null(v) +
                jsonr_str(v, &s) + jsonr_bool(v, &b);
    assert(types <= 1);
    if (jsonr_u64(v, &u) && jsonr_i64(v, &i))
        assert((int64_t)u == i);
    (void)jsonr_f64(v, &d);
    jsonr_each(v, visit, ctx);
    for (size_t k = 0; k < jsonr_len(v); k++)
        visit(ctx, STR(""), jsonr_item(v, k));
    return true;
}

static void document(struct str body)
{
    struct jsonr *root;
    if (jsonr_open(&root, body, NULL))
        return;
    visit(NULL, STR(""), root);
    jsonr_close(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = str_n((const char *)data, size);
    schema_init(1);
    for (int what = DECODE_VIDEOS; what <= DECODE_OTHER; what++)
        page(body, (enum decode_what)what);
    error_body(body);
    document(body);
    return 0;
}
