/*
 * tests/schema/ids_test.c - ids are numbers and back; what is no id is
 * refused with its text.
 */
#include "base/rnd.h"
#include "schema/schema.h"
#include "tests/t.h"

static const struct {
    const char *name;
    const char *text;
    int rc;
    uint64_t id;
} vids[] = {
    { "all zero bits", "AAAAAAAAAAA", RC_OK, 0 },
    { "all one bits", "__________8", RC_OK, UINT64_MAX },
    { "the lowest bit is in the last character", "AAAAAAAAAAE", RC_OK, 1 },
    { "the highest bit is in the first one", "gAAAAAAAAAA", RC_OK,
      UINT64_C(1) << 63 },
    { "begins with a hyphen", "-AAAAAAAAAA", RC_OK, UINT64_C(62) << 58 },
    { "begins with an underline", "_AAAAAAAAAA", RC_OK, UINT64_C(63) << 58 },
    { "the last character has a bit too many", "AAAAAAAAAAB", RC_INPUT, 0 },
    { "the last character has two bits too many", "AAAAAAAAAAD", RC_INPUT, 0 },
    { "10 characters", "AAAAAAAAAA", RC_INPUT, 0 },
    { "12 characters", "AAAAAAAAAAAA", RC_INPUT, 0 },
    { "nothing", "", RC_INPUT, 0 },
    { "a spreadsheet's error", "#NAME?", RC_INPUT, 0 },
    { "plus is of the other alphabet", "+AAAAAAAAAA", RC_INPUT, 0 },
    { "slash is of the other alphabet", "AAAAA/AAAAA", RC_INPUT, 0 },
    { "padding is not of the id", "AAAAAAAAAA=", RC_INPUT, 0 },
    { "a blank in front", " AAAAAAAAAA", RC_INPUT, 0 },
    { "a letter beyond ASCII", "AAAAAAAAA\xc3\xa9", RC_INPUT, 0 },
};

START_TEST(video_ids)
{
    for (size_t i = 0; i < ARRAY_LEN(vids); i++) {
        struct err e = ERR_INIT;
        char text[VID_TEXT];
        uint64_t id = 77;
        int rc = vid_parse(str_of(vids[i].text), &id, &e);
        T_RC(vids[i].name, rc, vids[i].rc, &e);
        T_U64(vids[i].name, id, rc ? 77 : vids[i].id);
        if (rc == RC_OK)
            T_STR(vids[i].name, str_of(vid_text(id, text)), vids[i].text);
    }
}
END_TEST

START_TEST(last_characters)
{
    const char *all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                      "0123456789-_";
    for (const char *c = all; *c; c++) {
        char vid[] = "AAAAAAAAAAA", cid[] = "UCAAAAAAAAAAAAAAAAAAAAAA";
        uint64_t v;
        struct cid ch;
        vid[10] = cid[23] = *c;
        ck_assert_int_eq(vid_parse(str_of(vid), &v, NULL) == RC_OK,
                         strchr("AEIMQUYcgkosw048", *c) != NULL);
        ck_assert_int_eq(cid_parse(str_of(cid), &ch, NULL) == RC_OK,
                         strchr("AQgw", *c) != NULL);
    }
}
END_TEST

static const struct {
    const char *name;
    const char *text;
    int rc;
    struct cid id;
} cids[] = {
    { "all zero bits", "UCAAAAAAAAAAAAAAAAAAAAAA", RC_OK, { 0, 0 } },
    { "all one bits",
      "UC_____________________w",
      RC_OK,
      { UINT64_MAX, UINT64_MAX } },
    { "the lowest bit", "UCAAAAAAAAAAAAAAAAAAAAAQ", RC_OK, { 0, 1 } },
    { "the lowest bit of the upper half",
      "UCAAAAAAAAAAEAAAAAAAAAAA",
      RC_OK,
      { 1, 0 } },
    { "an uploads list is no channel",
      "UUAAAAAAAAAAAAAAAAAAAAAA",
      RC_INPUT,
      { 0, 0 } },
    { "small letters in front",
      "ucAAAAAAAAAAAAAAAAAAAAAA",
      RC_INPUT,
      { 0, 0 } },
    { "bits too many", "UCAAAAAAAAAAAAAAAAAAAAAB", RC_INPUT, { 0, 0 } },
    { "one character too few", "UCAAAAAAAAAAAAAAAAAAAAA", RC_INPUT, { 0, 0 } },
    { "one character too many",
      "UCAAAAAAAAAAAAAAAAAAAAAAA",
      RC_INPUT,
      { 0, 0 } },
    { "nothing", "", RC_INPUT, { 0, 0 } },
    { "only the front", "UC", RC_INPUT, { 0, 0 } },
};

START_TEST(channel_ids)
{
    for (size_t i = 0; i < ARRAY_LEN(cids); i++) {
        struct err e = ERR_INIT;
        char text[CID_TEXT];
        struct cid id = { 7, 7 };
        int rc = cid_parse(str_of(cids[i].text), &id, &e);
        T_RC(cids[i].name, rc, cids[i].rc, &e);
        T_TRUE(cids[i].name,
               cid_eq(id, rc ? (struct cid){ 7, 7 } : cids[i].id));
        if (rc == RC_OK)
            T_STR(cids[i].name, str_of(cid_text(id, text)), cids[i].text);
    }
}
END_TEST

START_TEST(every_number_is_an_id)
{
    struct rnd r;
    rnd_init(&r, 7);
    for (int i = 0; i < 20000; i++) {
        struct cid want = { rnd_u64(&r), rnd_u64(&r) }, got;
        char vid[VID_TEXT], cid[CID_TEXT];
        uint64_t v;
        struct err e = ERR_INIT;
        T_OK(vid_parse(str_of(vid_text(want.hi, vid)), &v, &e), &e);
        ck_assert_uint_eq(v, want.hi);
        T_OK(cid_parse(str_of(cid_text(want, cid)), &got, &e), &e);
        ck_assert(cid_eq(got, want));
    }
}
END_TEST

START_TEST(messages_quote_and_cut)
{
    char text[200];
    memset(text, 'x', sizeof(text));
    struct err e = ERR_INIT;
    uint64_t v;
    ck_assert_int_eq(vid_parse(str_n(text, sizeof(text)), &v, &e), RC_INPUT);
    ck_assert_ptr_nonnull(strstr(e.msg, "xxx...' is not a video id"));
    ck_assert_int_eq(vid_parse(STR("a\nb\xff\x01"), &v, &e), RC_INPUT);
    ck_assert_ptr_nonnull(strstr(e.msg, "'a?b?\?' is not"));
}
END_TEST

START_TEST(foreign_ids_depend_on_set_and_name)
{
    uint64_t id = vid_foreign(STR("adview-2016"), STR("VID_1"));
    ck_assert_uint_eq(id, vid_foreign(STR("adview-2016"), STR("VID_1")));
    ck_assert_uint_ne(id, vid_foreign(STR("adview-2016"), STR("VID_2")));
    ck_assert_uint_ne(id, vid_foreign(STR("adview-2017"), STR("VID_1")));
    /* Kept for ever in stores: a change here would orphan their records. */
    ck_assert_uint_eq(id, UINT64_C(5885443450482990235));
    (void)vid_foreign(STR(""), STR(""));
}
END_TEST

T_SUITE("schema ids", 30, video_ids, last_characters, channel_ids,
        every_number_is_an_id, messages_quote_and_cut,
        foreign_ids_depend_on_set_and_name)
