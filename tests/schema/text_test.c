/* tests/schema/text_test.c - quotes, character references, HTML for people. */
#include "tests/t.h"
#include "schema/schema_priv.h"

static const struct {
    const char *name, *in, *want;
} references[] = {
    { "text without any", "plain", "plain" },
    { "nothing", "", "" },
    { "the five of XML", "&amp;&lt;&gt;&quot;&apos;", "&<>\"'" },
    { "an apostrophe as search sends it", "Rock &#39;n&#39; Roll",
      "Rock 'n' Roll" },
    { "hexadecimal", "&#x27;&#X1F600;", "'\xf0\x9f\x98\x80" },
    { "two, three and four bytes", "&#233;&#8364;&#128512;",
      "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
    { "a hard blank", "a&nbsp;b",
      "a\xc2\xa0"
      "b" },
    { "the last character of Unicode", "&#1114111;", "\xf4\x8f\xbf\xbf" },
    { "one beyond it", "&#1114112;", "&#1114112;" },
    { "resolved once only", "&amp;lt;", "&lt;" },
    { "an ampersand of its own", "AT&T; R&B & all", "AT&T; R&B & all" },
    { "an ampersand at the end", "a&", "a&" },
    { "a name of the future", "&hearts;", "&hearts;" },
    { "no number", "&#;&#x;&#3a;", "&#;&#x;&#3a;" },
    { "NUL stays a reference", "&#0;", "&#0;" },
    { "half of a surrogate pair", "&#xD800;&#57343;", "&#xD800;&#57343;" },
    { "a number that never ends", "&#11111111111111111111;",
      "&#11111111111111111111;" },
};

START_TEST(character_references)
{
    for (size_t i = 0; i < ARRAY_LEN(references); i++) {
        struct str in = str_of(references[i].in);
        char *out = malloc(in.n + 1); /* rule 3: the room of the input */
        ck_assert_ptr_nonnull(out);
        T_STR(references[i].name, str_n(out, html_resolve(in, out)),
              references[i].want);
        free(out);
    }
}
END_TEST

static const struct {
    const char *name, *in, *want;
} pages[] = {
    { "plain text", "API key not valid.", "API key not valid." },
    { "nothing", "", "" },
    { "only blanks", " \r\n\t ", "" },
    { "only tags", "<p></p>", "" },
    { "a link inside a sentence", "exceeded your <a href=\"/q\">quota</a>.",
      "exceeded your quota." },
    { "code inside a sentence",
      "The request's <code>playlistId</code> parameter",
      "The request's playlistId parameter" },
    { "blocks part words", "<title>Error 404</title><p>Not found",
      "Error 404 Not found" },
    { "line feeds are one blank", "a\n\n  b\tc", "a b c" },
    { "styles and scripts are not read",
      "<STYLE>p{x}</STYLE>a<script>if (a<b) x();</script>b", "a b" },
    { "comments are not read", "a<!-- <b> -->b", "a b" },
    { "a tag that never ends", "a <p b", "a" },
    { "a style that never ends", "a <style>b", "a" },
    { "less than is no tag", "1 < 2 <3", "1 < 2 <3" },
    { "references", "&lt;b&gt; &amp; &#39;", "<b> & '" },
    { "bytes that are no text", "a\xff\x01z", "a? z" },
    { "a control character", "a\x7fz", "a?z" },
};

START_TEST(html_for_people)
{
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        char out[64];
        html_plain(str_of(pages[i].in), out, sizeof(out));
        T_STR(pages[i].name, str_of(out), pages[i].want);
    }
}
END_TEST

START_TEST(cuts_at_a_character)
{
    char out[6];
    html_plain(STR("abcde"), out, sizeof(out));
    T_STR("fits", str_of(out), "abcde");
    html_plain(STR("abcdef"), out, sizeof(out));
    T_STR("one too many", str_of(out), "abcde");
    html_plain(STR("abcd\xc3\xa9"), out, sizeof(out));
    T_STR("half a character", str_of(out), "abcd");
    html_plain(STR("abcd \xc3\xa9"), out, sizeof(out));
    T_STR("no blank at the end", str_of(out), "abcd");
    html_plain(STR("a"), out, 1);
    T_STR("no room at all", str_of(out), "");
}
END_TEST

START_TEST(quotes)
{
    char out[QUOTE_CAP];
    T_STR("short", str_of(text_quote(STR("abc"), out)), "abc");
    T_STR("nothing", str_of(text_quote(STR(""), out)), "");
    T_STR("null", str_of(text_quote((struct str){ NULL, 0 }, out)), "");
    T_STR("control and bad bytes",
          str_of(text_quote(STR("a\n\x1b[\xff\0b"), out)), "a?\?[?\?b");

    char in[100];
    memset(in, 'x', sizeof(in));
    text_quote(str_n(in, QUOTE_CAP - 4), out);
    T_U64("the longest that is not cut", strlen(out), QUOTE_CAP - 4);
    text_quote(str_n(in, QUOTE_CAP - 3), out);
    T_U64("one more", strlen(out), QUOTE_CAP - 1);
    T_STR("ends in dots", str_of(out + QUOTE_CAP - 4), "...");
}
END_TEST

T_SUITE("schema text", 30, character_references, html_for_people,
        cuts_at_a_character, quotes)
