/* tests/store/source_text_test.c - sources as people write them. */
#include "store/store.h"
#include "tests/t.h"

#define CHANNEL "UC_x5XG1OV2P6uZZ5FSM9Ttw"
#define UPLOADS "UU_x5XG1OV2P6uZZ5FSM9Ttw"
#define LIST    "PLFgquLnL59alCl_2TQvOiD5Vgm1hCaGSI"
#define LIST_63                                                                \
    "PL0123456789012345678901234567890123456789012345678901234567890"

/* clang-format off */
static const struct {
    const char *text;
    enum source_kind kind;
    const char *ref;
} good[] = {
    { "dQw4w9WgXcQ", SOURCE_VIDEO, "dQw4w9WgXcQ" },
    { "-QPy9CYaF3w", SOURCE_VIDEO, "-QPy9CYaF3w" },
    { "-----------"
      "", SOURCE_VIDEO, NULL }, /* '-' cannot end a video id */
    { "PL345678901", SOURCE_VIDEO, NULL }, /* 11 characters are a video */
    { "PLabcdefghI", SOURCE_VIDEO, "PLabcdefghI" },
    { "  dQw4w9WgXcQ\r\n", SOURCE_VIDEO, "dQw4w9WgXcQ" },
    { CHANNEL, SOURCE_CHANNEL, CHANNEL },
    { "UC_x5XG1OV2P6uZZ5FSM9TtR", SOURCE_CHANNEL, NULL }, /* bad last one */
    { UPLOADS, SOURCE_PLAYLIST, UPLOADS },
    { LIST, SOURCE_PLAYLIST, LIST },
    { "PL3456789012", SOURCE_PLAYLIST, "PL3456789012" },
    { LIST_63, SOURCE_PLAYLIST, LIST_63 },
    { LIST_63 "0", SOURCE_PLAYLIST, NULL },
    { "OLAK5uy_kpxqYf4V8zLeGp", SOURCE_PLAYLIST, "OLAK5uy_kpxqYf4V8zLeGp" },
    { "PLab cdefghijk", SOURCE_PLAYLIST, NULL },
    { "XX345678901234", SOURCE_PLAYLIST, NULL },
    { "@veritasium", SOURCE_HANDLE, "@veritasium" },
    { "@a.b-c_d", SOURCE_HANDLE, "@a.b-c_d" },
    { "@\xe6\x97\xa5\xe6\x9c\xac", SOURCE_HANDLE, "@\xe6\x97\xa5\xe6\x9c\xac" },
    { "@", SOURCE_HANDLE, NULL },
    { "@a b", SOURCE_HANDLE, NULL },
    { "@a/b", SOURCE_HANDLE, NULL },
    { "@a\xff", SOURCE_HANDLE, NULL },
    { "https://www.youtube.com/@veritasium", SOURCE_HANDLE, "@veritasium" },
    { "https://www.youtube.com/@veritasium/videos?view=0#top",
      SOURCE_HANDLE, "@veritasium" },
    { "youtube.com/@%E6%97%a5", SOURCE_HANDLE, "@\xe6\x97\xa5" },
    { "youtube.com/@%E6%97", SOURCE_HANDLE, NULL },   /* half a letter */
    { "youtube.com/@a%2", SOURCE_HANDLE, NULL },      /* half a code */
    { "youtube.com/@a%00", SOURCE_HANDLE, NULL },
    { "HTTPS://YouTube.com/channel/" CHANNEL "/about",
      SOURCE_CHANNEL, CHANNEL },
    { "https://www.youtube.com/channel/", SOURCE_CHANNEL, NULL },
    { "https://www.youtube.com/playlist?list=" LIST, SOURCE_PLAYLIST, LIST },
    { "https://www.youtube.com/playlist?index=2&list=" LIST "&x=1",
      SOURCE_PLAYLIST, LIST },
    { "https://www.youtube.com/playlist", SOURCE_PLAYLIST, NULL },
    { "https://www.youtube.com/playlist?list=WL012345678901",
      SOURCE_PLAYLIST, NULL },
    { "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=" LIST,
      SOURCE_VIDEO, "dQw4w9WgXcQ" },
    { "https://m.youtube.com/watch?list=" LIST, SOURCE_PLAYLIST, LIST },
    { "http://youtube.com/watch?t=1&v=-QPy9CYaF3w", SOURCE_VIDEO,
      "-QPy9CYaF3w" },
    { "https://youtube.com/watch", SOURCE_VIDEO, NULL },
    { "https://youtube.com/watch?v=", SOURCE_VIDEO, NULL },
    { "https://youtube.com/watch?v=dQw4w9WgXc", SOURCE_VIDEO, NULL },
    { "https://youtu.be/dQw4w9WgXcQ?si=abc", SOURCE_VIDEO, "dQw4w9WgXcQ" },
    { "youtu.be/dQw4w9WgXcQ", SOURCE_VIDEO, "dQw4w9WgXcQ" },
    { "https://youtu.be/", SOURCE_VIDEO, NULL },
    { "https://www.youtube.com/shorts/dQw4w9WgXcQ", SOURCE_VIDEO,
      "dQw4w9WgXcQ" },
    { "https://www.youtube.com/live/dQw4w9WgXcQ?feature=share",
      SOURCE_VIDEO, "dQw4w9WgXcQ" },
    { "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
      SOURCE_VIDEO, "dQw4w9WgXcQ" },
    { "https://music.youtube.com/watch?v=dQw4w9WgXcQ", SOURCE_VIDEO,
      "dQw4w9WgXcQ" },
    { "https://www.youtube.com/c/name", SOURCE_CHANNEL, NULL },
    { "https://www.youtube.com/user/name", SOURCE_CHANNEL, NULL },
    { "https://www.youtube.com/", SOURCE_CHANNEL, NULL },
    { "https://www.youtube.com", SOURCE_CHANNEL, NULL },
    { "https://vimeo.com/dQw4w9WgXcQ", SOURCE_VIDEO, NULL },
    { "https://evil.example/youtube.com/watch?v=dQw4w9WgXcQ",
      SOURCE_VIDEO, NULL },
    { "youtube.com.example/watch?v=dQw4w9WgXcQ", SOURCE_VIDEO, NULL },
    { "https://", SOURCE_VIDEO, NULL },
    { "hello", SOURCE_VIDEO, NULL },
    { "", SOURCE_VIDEO, NULL },
    { "   ", SOURCE_VIDEO, NULL },
};
/* clang-format on */

START_TEST(each_text_is_read_or_refused)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct err e = ERR_INIT;
        struct source src = { .kind = SOURCE_VIDEO, .ref = "kept" };
        int rc = source_parse(str_of(good[i].text), &src, &e);
        T_RC(good[i].text, rc, good[i].ref ? RC_OK : RC_INPUT, &e);
        T_STR(good[i].text, str_of(src.ref),
              good[i].ref ? good[i].ref : "kept");
        if (good[i].ref)
            T_U64(good[i].text, src.kind, good[i].kind);
        else
            T_TRUE("a sentence", strlen(e.msg) > 10);
    }
}
END_TEST

START_TEST(a_handle_has_a_largest_size)
{
    char text[200] = "@";
    struct err e = ERR_INIT;
    struct source src;
    memset(text + 1, 'a', sizeof(text) - 1);
    for (size_t n = 1; n < sizeof(text); n++) {
        int rc = source_parse(str_n(text, n), &src, &e);
        bool fits = n > 1 && n < sizeof(src.ref);
        T_RC("length", rc, fits ? RC_OK : RC_INPUT, &e);
        T_TRUE("whole", !fits || strlen(src.ref) == n);
    }
}
END_TEST

START_TEST(a_nul_byte_is_refused)
{
    struct err e = ERR_INIT;
    struct source src;
    T_RC("in a handle", source_parse(str_n("@ab\0cd", 6), &src, &e), RC_INPUT,
         &e);
}
END_TEST

START_TEST(each_kind_has_a_word)
{
    T_STR("channel", str_of(source_kind_text(SOURCE_CHANNEL)), "channel");
    T_STR("video", str_of(source_kind_text(SOURCE_VIDEO)), "video");
    T_STR("none", str_of(source_kind_text((enum source_kind)0)), "unknown");
    T_STR("none", str_of(source_kind_text((enum source_kind)5)), "unknown");
}
END_TEST

T_SUITE("source_text", 10, each_text_is_read_or_refused,
        a_handle_has_a_largest_size, a_nul_byte_is_refused,
        each_kind_has_a_word)
