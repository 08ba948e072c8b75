/*
 * tests/search/words_test.c - text into terms: a table of languages, and
 * what must hold for any text.
 */
#include "search/words_priv.h"

#include "base/rnd.h"
#include "base/utf8.h"
#include "tests/t.h"

#include <stdio.h>
#include <unistr.h>
#include <uniwbrk.h>

enum { ROUNDS = 2000 }; /* of random texts */

struct joined {
    char text[4096];
    size_t n;
};

static int join(void *ctx, struct str term)
{
    struct joined *j = ctx;
    ck_assert_uint_lt(j->n + term.n + 2, sizeof(j->text));
    if (j->n)
        j->text[j->n++] = ' ';
    memcpy(j->text + j->n, term.p, term.n);
    j->n += term.n;
    j->text[j->n] = 0;
    return RC_OK;
}

static const char *terms(const char *text, bool query, struct joined *j)
{
    struct words w = WORDS_INIT;
    struct err e = ERR_INIT;
    *j = (struct joined){ .n = 0 };
    T_OK(words_split(&w, str_of(text), &e), &e);
    T_OK(query ? words_query(&w, join, j) : words_index(&w, join, j), &e);
    words_fini(&w);
    return j->text;
}

/* clang-format off */
static const struct {
    const char *name, *text, *index, *query;
} rows[] = {
    { "English, case folded, apostrophe cut",
      "The Cat Can't Sit!", "the cat can t sit", NULL },
    { "a domain is two words", "visit example.com", "visit example com", NULL },
    { "digits and mixed words stay", "iPhone 15 Pro 4K60", "iphone 15 pro 4k60", NULL },
    { "an underscore separates", "snake_case", "snake case", NULL },
    { "German umlauts and sharp s",
      "Größe der Straße", "grosse der strasse", NULL },
    { "French accents and elision", "L’été à Besançon", "l ete a besancon", NULL },
    { "Spanish", "¿Qué pasó, señor?", "que paso senor", NULL },
    { "Portuguese", "Coração não é pão", "coracao nao e pao", NULL },
    { "Polish, with the crossed l", "Zażółć gęślą jaźń Łódź",
      "zazolc gesla jazn lodz", NULL },
    { "Danish letters without decomposition", "Blåbærgrød på Ærø",
      "blabaergrod pa aero", NULL },
    { "Turkish dotted and dotless i", "İstanbul ISPARTA ışık",
      "istanbul isparta isik", NULL },
    { "Vietnamese", "Đường phố Hà Nội", "duong pho ha noi", NULL },
    { "Greek with tonos and final sigma", "Ο Οδυσσέας", "ο οδυσσεασ", NULL },
    { "Russian: yo folds, short i stays", "Ёлка и мой Йод", "елка и мой йод", NULL },
    { "Ukrainian", "Їжак у Києві", "іжак у києві", NULL },
    { "Arabic without harakat and tatweel, hamza folded",
      "مُحَمَّد أحمد ســـلام", "محمد احمد سلام", NULL },
    { "Persian: the zero-width non-joiner is dropped", "می‌خواهم", "میخواهم", NULL },
    { "Hebrew without niqqud", "שָׁלוֹם עולם", "שלום עולם", NULL },
    { "Hindi keeps its vowel signs", "हिन्दी गाना", "हिन्दी गाना", NULL },
    { "Tamil", "தமிழ் பாடல்", "தமிழ் பாடல்", NULL },
    { "Japanese: signs and pairs",
      "猫の動画", "猫 猫の の の動 動 動画 画", "猫の の動 動画" },
    { "half-width kana are the same as full ones", "ﾃﾞｰﾀ",
      "デ デー ー ータ タ", "デー ータ" },
    { "Chinese beside Latin", "学Python语言",
      "学 python 语 语言 言", "学 python 语言" },
    { "one sign alone is asked for as it is", "猫", "猫", "猫" },
    { "Korean by pairs, so that endings do not hide a word",
      "한국어 노래", "한 한국 국 국어 어 노 노래 래", "한국 국어 노래" },
    { "Thai, vowels stay with their consonant",
      "เพลงไทย", "เ เพ พ พล ล ลง ง งไ ไ ไท ท ทย ย", "เพ พล ลง งไ ไท ทย" },
    { "Khmer", "ខ្មែរ", "ខ្ ខ្មែ មែ មែរ រ", "ខ្មែ មែរ" },
    { "Lao", "ລາວ", "ລ ລາ າ າວ ວ", "ລາ າວ" },
    { "Burmese", "မြန်မာ", "မြ မြန် န် န်မာ မာ", "မြန် န်မာ" },
    { "a hashtag is asked for only as one", "#Shorts", "shorts #shorts", "#shorts" },
    { "a '#' with a blank is none", "# 1", "1", NULL },
    { "full-width forms", "ＦＵＬＬ　ＨＤ　１０８０ｐ", "full hd 1080p", NULL },
    { "letters of mathematics, as titles use them", "𝓗𝓮𝓵𝓵𝓸 𝕎𝕠𝕣𝕝𝕕", "hello world", NULL },
    { "ligatures and circled digits", "ﬁnal ①", "final 1", NULL },
    { "emoji are words, skin tones and joiners go",
      "👍🏽 ok 👨‍👩‍👧", "👍 ok 👨 👩 👧", NULL },
    { "a flag is one word", "🇩🇪🇫🇷", "🇩🇪 🇫🇷", NULL },
    { "a keycap is its digit", "1️⃣ top", "1 top", NULL },
    { "zero-width characters inside a word are dropped",
      "spa\xe2\x80\x8bm so\xc2\xad" "ft", "spam soft", NULL },
    { "a bell is dropped, a tab separates", "a\x07" "b\tc", "ab c", NULL },
    { "combining marks fold like composed letters", "e\xcc\x81t\xc3\xa9", "ete", NULL },
    { "stacked marks fold to the letter", "Z\xcc\xb6\xcc\x9b\xcc\x80" "algo", "zalgo", NULL },
    { "broken UTF-8 separates", "ab\xff" "cd \xc3", "ab cd", NULL },
    { "an overlong slash separates", "ab\xc0\xaf" "cd", "ab cd", NULL },
    { "mixed scripts in one title", "Тест Test テスト",
      "тест test テ テス ス スト ト", "тест test テス スト" },
    { "a numeral that UAX #29 sets apart is a sign", "౹x ౹౹", "౹ x ౹ ౹౹ ౹", "౹ x ౹౹" },
    { "letters of Ahom, written without blanks", "𑜀𑜁𑜂", "𑜀 𑜀𑜁 𑜁 𑜁𑜂 𑜂", "𑜀𑜁 𑜁𑜂" },
    { "nothing to find", " -- !? ... ", "", NULL },
    { "only dropped characters", "\xe2\x80\x8b\xe2\x80\x8d", "", NULL },
};
/* clang-format on */

START_TEST(languages)
{
    struct joined j;
    const char *query = rows[_i].query ? rows[_i].query : rows[_i].index;
    T_STR(rows[_i].name, str_of(terms(rows[_i].text, false, &j)),
          rows[_i].index);
    T_STR(rows[_i].name, str_of(terms(rows[_i].text, true, &j)), query);
}
END_TEST

/* ---- any text ---- */

/* Code points that titles hold, from many blocks. */
static uint32_t random_char(struct rnd *r)
{
    static const uint32_t blocks[][2] = {
        { 0x20, 0x7e },       { 0x20, 0x7e },       { 0xa0, 0x24f },
        { 0x300, 0x36f },     { 0x370, 0x52f },     { 0x590, 0x6ff },
        { 0x900, 0xdff },     { 0xe00, 0xeff },     { 0x1000, 0x109f },
        { 0x1100, 0x11ff },   { 0x1780, 0x17ff },   { 0x2000, 0x206f },
        { 0x2100, 0x214f },   { 0x3000, 0x30ff },   { 0x4e00, 0x4fff },
        { 0xac00, 0xacff },   { 0xfe00, 0xfe0f },   { 0xff00, 0xffef },
        { 0x1d400, 0x1d4ff }, { 0x1f1e6, 0x1f1ff }, { 0x1f300, 0x1f64f },
        { 0x2150, 0x27bf },   { 0x10000, 0x12fff }, { 0x16800, 0x18cff },
    };
    size_t b = (size_t)rnd_below(r, ARRAY_LEN(blocks));
    uint32_t span = blocks[b][1] - blocks[b][0] + 1;
    return blocks[b][0] + (uint32_t)rnd_below(r, span);
}

static size_t random_text(struct rnd *r, char *out, size_t size)
{
    size_t n = 0, chars = (size_t)rnd_below(r, 40);
    for (size_t i = 0; i < chars && n + 8 < size; i++) {
        int len = u8_uctomb((uint8_t *)out + n, random_char(r),
                            (ptrdiff_t)(size - n));
        n += len > 0 ? (size_t)len : 0;
    }
    out[n] = 0;
    return n;
}

static bool has_term(const struct joined *j, struct str term)
{
    struct str rest = str_n(j->text, j->n), part;
    while (rest.n && str_split(&rest, ' ', &part))
        if (str_eq(part, term))
            return true;
    return false;
}

START_TEST(a_text_is_found_by_itself)
{
    char text[256];
    struct rnd r;
    struct joined index, query;
    rnd_init(&r, 1);
    for (int i = 0; i < ROUNDS; i++) {
        random_text(&r, text, sizeof(text));
        terms(text, false, &index);
        terms(text, true, &query);
        struct str rest = str_n(query.text, query.n), part;
        while (rest.n && str_split(&rest, ' ', &part))
            ck_assert_msg(has_term(&index, part), "'%s' lacks '%.*s'", text,
                          STR_ARG(part));
    }
}
END_TEST

/* Folding what is folded changes nothing: both sides of a search agree. */
START_TEST(terms_are_their_own_terms)
{
    char text[256];
    struct rnd r;
    struct joined once, twice;
    rnd_init(&r, 2);
    for (int i = 0; i < ROUNDS; i++) {
        random_text(&r, text, sizeof(text));
        struct words w = WORDS_INIT;
        struct err e = ERR_INIT;
        T_OK(words_split(&w, str_of(text), &e), &e);
        for (size_t u = 0; u < w.n; u++) {
            char unit[TERM_BYTES + 1];
            snprintf(unit, sizeof(unit), "%.*s", STR_ARG(words_unit(&w, u)));
            once = (struct joined){ .n = 0 };
            T_OK(join(&once, words_unit(&w, u)), &e);
            terms(unit, true, &twice);
            ck_assert_msg(strcmp(once.text, twice.text) == 0,
                          "'%s': unit '%s' becomes '%s'", text, unit,
                          twice.text);
        }
        words_fini(&w);
    }
}
END_TEST

/* Rule 1 of words.c: a unit lies between two breaks of UAX #29. */
START_TEST(no_unit_crosses_a_word_break)
{
    char text[256];
    struct rnd r;
    rnd_init(&r, 3);
    for (int i = 0; i < ROUNDS; i++) {
        struct words w = WORDS_INIT;
        struct err e = ERR_INIT;
        char breaks[TERM_BYTES];
        random_text(&r, text, sizeof(text));
        T_OK(words_split(&w, str_of(text), &e), &e);
        for (size_t u = 0; u < w.n; u++) {
            struct str s = words_unit(&w, u);
            if (w.unit[u].cls != UNIT_WORD)
                continue;
            u8_wordbreaks((const uint8_t *)s.p, s.n, breaks);
            for (size_t b = 1; b < s.n; b++)
                ck_assert_msg(!breaks[b], "'%.*s' of '%s' breaks at %zu",
                              STR_ARG(s), text, b);
        }
        words_fini(&w);
    }
}
END_TEST

/* Rule 4: a character beyond ASCII, set apart, changes nothing else. */
START_TEST(the_short_path_is_the_long_one)
{
    char text[128], longer[160];
    struct rnd r;
    struct joined a, b;
    rnd_init(&r, 4);
    for (int i = 0; i < ROUNDS; i++) {
        size_t n = (size_t)rnd_below(&r, 60);
        for (size_t k = 0; k < n; k++)
            text[k] = (char)(1 + rnd_below(&r, 127));
        text[n] = 0;
        snprintf(longer, sizeof(longer), "%s \xe2\x80\x94", text);
        T_STR(text, str_of(terms(text, false, &a)), terms(longer, false, &b));
    }
}
END_TEST

/* ---- bounds ---- */

START_TEST(a_long_word_is_cut_at_a_character)
{
    static const struct {
        const char *name, *piece;
        int times;
        size_t bytes;
    } long_rows[] = {
        { "one byte short of the bound", "x", TERM_MAX - 1, TERM_MAX - 1 },
        { "the bound", "x", TERM_MAX, TERM_MAX },
        { "one byte more", "x", TERM_MAX + 1, TERM_MAX },
        { "letters of two bytes", "ж", 100, TERM_MAX },
        { "letters of three bytes", "अ", 100, TERM_MAX - 1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(long_rows); i++) {
        struct buf text = BUF_INIT(1024);
        struct joined j;
        for (int k = 0; k < long_rows[i].times; k++)
            buf_z(&text, long_rows[i].piece);
        terms(text.p, false, &j);
        buf_fini(&text);
        T_U64(long_rows[i].name, j.n, long_rows[i].bytes);
        T_TRUE(long_rows[i].name, utf8_valid(str_n(j.text, j.n)));
    }
}
END_TEST

static int count(void *ctx, struct str term)
{
    size_t *n = ctx;
    ck_assert_uint_le(term.n, TERM_BYTES);
    ++*n;
    return RC_OK;
}

/* Both signs are asked for, when their pair is no term. */
START_TEST(a_pair_of_signs_too_long_for_a_term_is_asked_for_by_sign)
{
    struct buf text = BUF_INIT(1024), want = BUF_INIT(1024);
    struct joined j;
    for (int sign = 0; sign < 2; sign++) {
        buf_z(&text, "ก");
        for (int k = 0; k < 12; k++)
            buf_z(&text, "ั");
    }
    buf_f(&want, "%.*s %.*s", 39, text.p, 39, text.p);
    T_STR("index", str_of(terms(text.p, false, &j)), want.p);
    T_STR("query", str_of(terms(text.p, true, &j)), want.p);
    buf_fini(&text);
    buf_fini(&want);
}
END_TEST

START_TEST(a_huge_text_has_a_bounded_number_of_units)
{
    static char text[4 * UNITS_MAX];
    struct words w = WORDS_INIT;
    struct err e = ERR_INIT;
    size_t n = 0;
    for (size_t i = 0; i + 1 < sizeof(text); i++)
        text[i] = i % 2 ? ' ' : 'a';
    T_OK(words_split(&w, str_n(text, sizeof(text) - 1), &e), &e);
    T_U64("units", w.n, UNITS_MAX);
    T_OK(words_index(&w, count, &n), &e);
    T_U64("terms", n, UNITS_MAX);
    words_fini(&w);
}
END_TEST

START_TEST(phrases)
{
    static const struct {
        const char *name, *text, *phrase;
        bool in;
    } phrase_rows[] = {
        { "in the middle", "how to cook rice well", "cook rice", true },
        { "at the end", "how to cook rice", "Cook RICE", true },
        { "the whole text", "cook rice", "cook rice", true },
        { "another order", "rice to cook", "cook rice", false },
        { "a word between", "cook some rice", "cook rice", false },
        { "longer than the text", "cook", "cook rice", false },
        { "a part of a word is no word", "cook riceballs", "cook rice", false },
        { "signs inside a run", "日本語の動画", "本語の", true },
        { "a sign before a word", "黒猫 video", "猫 video", true },
    };
    for (size_t i = 0; i < ARRAY_LEN(phrase_rows); i++) {
        struct words in = WORDS_INIT, phrase = WORDS_INIT;
        struct err e = ERR_INIT;
        T_OK(words_split(&in, str_of(phrase_rows[i].text), &e), &e);
        T_OK(words_split(&phrase, str_of(phrase_rows[i].phrase), &e), &e);
        ck_assert_msg(words_contain(&in, &phrase) == phrase_rows[i].in, "%s",
                      phrase_rows[i].name);
        words_fini(&in);
        words_fini(&phrase);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("words");
    TCase *c = tcase_create("words");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, languages, 0, (int)ARRAY_LEN(rows));
    tcase_add_test(c, a_text_is_found_by_itself);
    tcase_add_test(c, terms_are_their_own_terms);
    tcase_add_test(c, no_unit_crosses_a_word_break);
    tcase_add_test(c, the_short_path_is_the_long_one);
    tcase_add_test(c, a_long_word_is_cut_at_a_character);
    tcase_add_test(c, a_pair_of_signs_too_long_for_a_term_is_asked_for_by_sign);
    tcase_add_test(c, a_huge_text_has_a_bounded_number_of_units);
    tcase_add_test(c, phrases);
    suite_add_tcase(s, c);
    return t_run(s);
}
