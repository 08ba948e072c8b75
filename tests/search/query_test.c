/*
 * tests/search/query_test.c - every parameter of search/params.def: what is
 * taken, what it becomes, and what is refused by which name.
 */
#include "search/query_priv.h"
#include "tests/search/kit.h"

/* Set "name=value&name=value" and check the whole. */
static int set_all(struct search_query *q, const char *params,
                   struct search_problem *problem, struct err *e)
{
    struct str rest = str_of(params), part;
    int rc = RC_OK;
    search_query_init(q);
    while (!rc && rest.n && str_split(&rest, '&', &part)) {
        struct str name;
        ck_assert(str_split(&part, '=', &name));
        rc = search_query_set(q, name, part, wall_of_s(KIT_NOW), problem, e);
    }
    return rc ? rc : search_query_check(q, problem, e);
}

/* ---- what a query holds, as text ---- */

static void show_range(struct buf *out, const char *name,
                       const struct search_range *r)
{
    if (!r->has_min && !r->has_max)
        return;
    buf_f(out, " %s=", name);
    if (r->has_min)
        buf_f(out, "%llu", (unsigned long long)r->min);
    buf_z(out, "..");
    if (r->has_max)
        buf_f(out, "%llu", (unsigned long long)r->max);
}

static void show_lists(struct buf *out, const struct search_query *q)
{
    char text[CID_TEXT];
    if (*q->q)
        buf_f(out, " q=%s", q->q);
    for (size_t i = 0; i < q->n_ids; i++)
        buf_f(out, " id=%s", vid_text(q->ids[i], text));
    for (size_t i = 0; i < q->n_channels; i++)
        buf_f(out, " channel=%s", cid_text(q->channels[i], text));
    for (unsigned i = 0; i < 64; i++)
        if (q->categories >> i & 1)
            buf_f(out, " category=%u", i);
    if (*q->languages)
        buf_f(out, " languages=%s", q->languages);
}

static void show_numbers(struct buf *out, const struct search_query *q)
{
    show_range(out, "duration", &q->duration);
    show_range(out, "views", &q->views);
    show_range(out, "likes", &q->likes);
    if (q->published_from)
        buf_f(out, " from=%lld", (long long)q->published_from);
    if (q->published_to)
        buf_f(out, " to=%lld", (long long)q->published_to);
    if (q->ratio_given)
        buf_f(out, " ratio=%s", ratio_name(q->ratio));
    if (q->min_votes)
        buf_f(out, " votes=%llu", (unsigned long long)q->min_votes);
    if (q->top > 0)
        buf_f(out, " top=%g", q->top);
    if (q->bottom > 0)
        buf_f(out, " bottom=%g", q->bottom);
    if (q->limit != 20)
        buf_f(out, " limit=%llu", (unsigned long long)q->limit);
    if (q->seed)
        buf_f(out, " seed=%llu", (unsigned long long)q->seed);
}

static const char *show(const struct search_query *q, struct buf *out)
{
    buf_reset(out);
    show_lists(out, q);
    show_numbers(out, q);
    for (size_t i = 0; i < q->n_sort; i++)
        buf_f(out, " sort=%s%d", q->sort[i].down ? "-" : "",
              (int)q->sort[i].by);
    if (q->no_shorts || q->no_live || q->no_kids || q->no_unavailable)
        buf_f(out, " no=%s%s%s%s", q->no_shorts ? "s" : "",
              q->no_live ? "l" : "", q->no_kids ? "k" : "",
              q->no_unavailable ? "u" : "");
    if (*q->fields)
        buf_f(out, " fields=%s", q->fields);
    buf_c(out, 0);
    ck_assert(!out->failed);
    return *out->p ? out->p + 1 : out->p;
}

/* ---- values ---- */

#define CHANNEL  "UCAAAAAAAAAAAAAAAAAAAAAA"
#define CHANNEL2 "UCBBBBBBBBBBBBBBBBBBBBBA"

/* Seven of QUESTION_PHRASES, and @last. */
#define PHRASES(last)                                                          \
    "\"a a\" \"b b\" \"c c\" \"d d\" \"e e\" \"f f\" \"g g\" " last

/* clang-format off */
static const struct {
    const char *name, *params;
    const char *want; /* NULL = refused */
} rows[] = {
    { "no parameter at all", "", "" },

    { "words are kept as they are", "q=the \"big cat\" -dog title:x", "q=the \"big cat\" -dog title:x" },
    { "blanks around words go", "q=  cat ", "q=cat" },
    { "empty words ask for everything", "q=", "" },
    { "blank words ask for everything", "q=   ", "" },
    { "words without any letter", "q=!!! --", NULL },
    { "word* is not built yet", "q=cat*", NULL },
    { "a '*' of its own is passed over", "q=cat *", "q=cat *" },
    { "broken UTF-8 in words", "q=a\xff", NULL },
    { "as many phrases as fit", "q=" PHRASES("\"h h\""), "q=" PHRASES("\"h h\"") },
    { "a phrase too many", "q=" PHRASES("\"h h\" \"i i\""), NULL },
    { "a phrase twice counts once", "q=" PHRASES("\"H, h\" \"h h\" \"a a\""), "q=" PHRASES("\"H, h\" \"h h\" \"a a\"") },
    { "a phrase of titles is another", "q=" PHRASES("\"h h\" title:\"h h\""), NULL },

    { "one id", "ids=AAAAAAAAAAA", "id=AAAAAAAAAAA" },
    { "two ids with a blank", "ids=AAAAAAAAAAA, -_AAAAAAAAA", "id=AAAAAAAAAAA id=-_AAAAAAAAA" },
    { "an id of ten characters", "ids=AAAAAAAAAA", NULL },
    { "an id with bits to spare", "ids=AAAAAAAAAAB", NULL },
    { "an empty part of a list of ids", "ids=AAAAAAAAAAA,", NULL },
    { "no id", "ids=", NULL },

    { "one channel", "channelId=" CHANNEL, "channel=" CHANNEL },
    { "two channels", "channelId=" CHANNEL "," CHANNEL2, "channel=" CHANNEL " channel=" CHANNEL2 },
    { "a handle is no channel id", "channelId=@someone", NULL },
    { "no channel", "channelId=", NULL },

    { "the least category", "category=1", "category=1" },
    { "the largest category", "category=63", "category=63" },
    { "a category below", "category=0", NULL },
    { "a category above", "category=64", NULL },
    { "categories, one twice", "category=22, 10,22", "category=10 category=22" },
    { "a category by name", "category=Music", NULL },
    { "no category", "category=", NULL },

    { "languages", "language=en,pt-BR,und", "languages=en,pt-BR,und" },
    { "a language of one letter", "language=e", NULL },
    { "a language that begins with a dash", "language=-en", NULL },
    { "a language of 35 characters", "language=abcdefghijklmnopqrstuvwxyzabcdefghi", "languages=abcdefghijklmnopqrstuvwxyzabcdefghi" },
    { "a language of 36 characters", "language=abcdefghijklmnopqrstuvwxyzabcdefghij", NULL },
    { "no language", "language=", NULL },

    { "seconds", "durationMin=0", "duration=0.." },
    { "the largest number of seconds", "durationMin=18446744073709551615", "duration=18446744073709551615.." },
    { "more seconds than a number holds", "durationMin=18446744073709551616", NULL },
    { "minutes", "durationMax=4m", "duration=..240" },
    { "hours and minutes", "durationMax=1h30m", "duration=..5400" },
    { "ISO 8601", "durationMin=PT4M13S", "duration=253.." },
    { "equal ends", "durationMin=60&durationMax=60", "duration=60..60" },
    { "ends the wrong way round", "durationMin=61&durationMax=60", NULL },
    { "a unit alone", "durationMin=m", NULL },
    { "a number behind a unit without one", "durationMin=1h30", NULL },
    { "a negative duration", "durationMin=-5", NULL },
    { "a fraction", "durationMin=1.5m", NULL },
    { "no duration", "durationMin=", NULL },
    { "minutes beyond 64 bits", "durationMin=18446744073709551615m", NULL },

    { "any length", "videoDuration=any", "" },
    { "short", "videoDuration=short", "duration=..239" },
    { "medium", "videoDuration=medium", "duration=240..1200" },
    { "long", "videoDuration=long", "duration=1201.." },
    { "a length by another word", "videoDuration=Short", NULL },
    { "a length by word and by number", "videoDuration=any&durationMin=5", NULL },
    { "a length by number and by word", "durationMax=5&videoDuration=any", NULL },

    { "counts as people write them", "viewsMin=1.5k&viewsMax=2M", "views=1500..2000000" },
    { "the largest count", "viewsMax=18446744073709551615", "views=..18446744073709551615" },
    { "a count beyond 64 bits", "viewsMax=18446744073709551616", NULL },
    { "equal counts", "viewsMin=7&viewsMax=7", "views=7..7" },
    { "counts the wrong way round", "viewsMin=8&viewsMax=7", NULL },
    { "a negative count", "viewsMin=-1", NULL },
    { "no count", "viewsMax=", NULL },
    { "likes", "likesMin=10k", "likes=10000.." },
    { "likes in words", "likesMin=many", NULL },

    { "a date", "publishedAfter=2024-01-31", "from=1706659200" },
    { "RFC 3339", "publishedBefore=2024-01-31T12:00:00+02:00", "to=1706695200" },
    { "a fraction of a second rounds up", "publishedAfter=2024-01-31T00:00:00.001Z", "from=1706659201" },
    { "30 days ago", "publishedAfter=-30d", "from=1760608000" },
    { "before 1970 is the first second", "publishedAfter=1960-01-01", "from=1" },
    { "two spans", "publishedAfter=-1d12h", NULL },
    { "longer ago than fits", "publishedAfter=-99999999999y", NULL },
    { "a day that is none", "publishedAfter=2024-02-30", NULL },
    { "dates that meet", "publishedAfter=2024-01-01&publishedBefore=2024-01-01", NULL },
    { "one second", "publishedAfter=2024-01-01&publishedBefore=2024-01-01T00:00:01Z", "from=1704067200 to=1704067201" },
    { "no date", "publishedBefore=", NULL },

    { "a ratio", "ratio=likesDislikes", "ratio=likesDislikes" },
    { "a ratio with a slash", "ratio=comments/views", "ratio=commentsViews" },
    { "the ratio that is meant anyway", "ratio=likesViews", "ratio=likesViews" },
    { "no such ratio", "ratio=viewsLikes", NULL },

    { "one vote", "minVotes=1", "votes=1" },
    { "no vote", "minVotes=0", NULL },
    { "votes in words", "minVotes=few", NULL },

    { "top one percent", "top=1", "top=1" },
    { "top with a sign", "top=0.5%", "top=0.5" },
    { "all of it", "top=100", "top=100" },
    { "more than all", "top=100.1", NULL },
    { "nothing of it", "top=0", NULL },
    { "less than nothing", "top=-1", NULL },
    { "no number", "top=nan", NULL },
    { "infinite", "top=inf", NULL },
    { "bottom", "bottom=10", "bottom=10" },
    { "bottom beyond all", "bottom=101", NULL },
    { "top and bottom", "top=1&bottom=1", NULL },

    { "each that can be excluded", "exclude=shorts,live,kids,unavailable", "no=slku" },
    { "one that can be excluded", "exclude=kids", "no=k" },
    { "what cannot be excluded", "exclude=shorts,cats", NULL },
    { "nothing to exclude", "exclude=", NULL },

    { "three sorts", "sort=-views,publishedAt,id", "sort=-3 sort=4 sort=9" },
    { "a blank behind a comma", "sort=-views, id", "sort=-3 sort=9" },
    { "item names sort too", "sort=-viewCount,durationSeconds", "sort=-3 sort=5" },
    { "four sorts", "sort=views,likes,comments,id", NULL },
    { "one field twice", "sort=views,-viewCount", NULL },
    { "relevance with words", "q=x&sort=relevance", "q=x sort=6" },
    { "relevance without words", "sort=relevance", NULL },
    { "relevance has one direction", "q=x&sort=-relevance", NULL },
    { "random with a seed", "sort=random&seed=7", "seed=7 sort=7" },
    { "a seed without random", "seed=7", NULL },
    { "a seed that is no number", "sort=random&seed=x", NULL },
    { "no such sort", "sort=title", NULL },
    { "an empty sort", "sort=", NULL },

    { "the least limit", "limit=1", "limit=1" },
    { "one below the largest limit", "limit=99", "limit=99" },
    { "the largest limit", "limit=100", "limit=100" },
    { "a limit above", "limit=101", NULL },
    { "a limit of nothing", "limit=0", NULL },
    { "its alias", "maxResults=50", "limit=50" },
    { "limit and its alias", "limit=5&maxResults=5", NULL },
    { "limit twice", "limit=5&limit=5", NULL },

    { "a cursor that nobody gave out", "cursor=AAAA", NULL },
    { "its alias", "pageToken=AAAA", NULL },

    { "fields", "fields=id,ratios.likesViews.percentile", "fields=id,ratios.likesViews.percentile" },
    { "all fields", "fields=", "" },
    { "a short name is no field", "fields=views", NULL },
    { "no such field", "fields=id,name", NULL },

    { "facets are not built yet", "facets=1", NULL },
    { "highlights are not built yet", "highlight=1", NULL },
    { "explanations are not built yet", "explain=1", NULL },
    { "no such parameter", "durationmin=5", NULL },
    { "a parameter without a name", "=5", NULL },
};
/* clang-format on */

/* The name of the last parameter of @params: the one that is refused. */
static struct str last_name(const char *params)
{
    struct str rest = str_of(params), part, name = STR("");
    while (rest.n && str_split(&rest, '&', &part))
        ck_assert(str_split(&part, '=', &name));
    return name;
}

/* Problems between parameters are told of the one named here. */
static const struct {
    const char *params, *blamed;
} blamed[] = {
    { "durationMin=61&durationMax=60", "durationMin" },
    { "viewsMin=8&viewsMax=7", "viewsMin" },
    { "publishedAfter=2024-01-01&publishedBefore=2024-01-01",
      "publishedAfter" },
};

static struct str blamed_name(const char *params)
{
    for (size_t i = 0; i < ARRAY_LEN(blamed); i++)
        if (strcmp(params, blamed[i].params) == 0)
            return str_of(blamed[i].blamed);
    return last_name(params);
}

START_TEST(values)
{
    struct search_query q;
    struct search_problem problem = { .parameter = "" };
    struct err e = ERR_INIT;
    struct buf text = BUF_INIT(4096);
    const char *name = rows[_i].name;
    int rc = set_all(&q, rows[_i].params, &problem, &e);
    T_RC(name, rc, rows[_i].want ? RC_OK : RC_INPUT, &e);
    if (rows[_i].want) {
        T_STR(name, str_of(show(&q, &text)), rows[_i].want);
        T_STR(name, str_of(problem.parameter), "");
    } else {
        struct str wanted = blamed_name(rows[_i].params);
        ck_assert_msg(str_eqz(wanted, problem.parameter),
                      "%s: '%s' is blamed (%s)", name, problem.parameter,
                      e.msg);
        T_TRUE(name, *problem.reason);
        T_TRUE(name, str_starts(str_of(e.msg), wanted));
    }
    buf_fini(&text);
    search_query_fini(&q);
}
END_TEST

/* ---- every row of the table ---- */

START_TEST(every_parameter_refuses_nonsense_by_its_name)
{
    for (size_t i = 0; i < search_params_n; i++) {
        const struct search_param *p = &search_params[i];
        struct search_query q, before;
        struct search_problem problem;
        struct err e = ERR_INIT;
        search_query_init(&q);
        before = q;
        T_RC(p->name,
             search_query_set(&q, str_of(p->name), STR("\xff*\x01"),
                              wall_of_s(KIT_NOW), &problem, &e),
             RC_INPUT, &e);
        T_STR(p->name, str_of(problem.parameter), p->name);
        T_TRUE(p->name, p->built == (strstr(e.msg, "not built yet") == NULL));
        T_TRUE(p->name, p->alias_of || !p->built || *p->allowed);
        ck_assert_msg(memcmp(&q, &before, sizeof(q)) == 0,
                      "%s: a failed set changed the query", p->name);
        search_query_fini(&q);
    }
}
END_TEST

START_TEST(an_unknown_name_is_answered_with_the_nearest)
{
    struct search_query q;
    struct search_problem problem;
    struct err e = ERR_INIT;
    search_query_init(&q);
    T_RC("unknown",
         search_query_set(&q, STR("durationMim"), STR("5"), wall_of_s(0),
                          &problem, &e),
         RC_INPUT, &e);
    T_TRUE("nearest", strstr(problem.reason, "'durationMin'"));
    T_RC("a name longer than the room for it",
         search_query_set(
             &q, STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
             STR("5"), wall_of_s(0), &problem, &e),
         RC_INPUT, &e);
    T_U64("cut", strlen(problem.parameter), sizeof(problem.parameter) - 1);
    search_query_fini(&q);
}
END_TEST

/* ---- ratios for people ---- */

START_TEST(ratios_as_people_read_them)
{
    static const struct {
        enum ratio_id ratio;
        uint64_t a, c;
        const char *want;
    } texts[] = {
        { RATIO_LIKES_VIEWS, 42, 1000, "4.2 %" },
        { RATIO_LIKES_VIEWS, 994, 10000, "9.9 %" },
        { RATIO_LIKES_VIEWS, 996, 10000, "10 %" },
        { RATIO_LIKES_VIEWS, 464, 1000, "46 %" },
        { RATIO_LIKES_VIEWS, 994, 1000, "99 %" },
        { RATIO_LIKES_VIEWS, 996, 1000, "100 %" },
        { RATIO_LIKES_VIEWS, 3, 2, "150 %" },
        { RATIO_LIKES_VIEWS, RATIO_UNKNOWN, 2, "-" },
        { RATIO_LIKES_DISLIKES, 46, 1, "46:1" },
        { RATIO_LIKES_DISLIKES, 3, 2, "1.5:1" },
        { RATIO_LIKES_DISLIKES, 5, 0, "5:0" },
        { RATIO_LIKES_DISLIKES, 0, 0, "-" },
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct search_rank k = { .a = texts[i].a, .c = texts[i].c };
        char text[32];
        search_ratio_text(texts[i].ratio, &k, text);
        T_STR(texts[i].want, str_of(text), texts[i].want);
    }
}
END_TEST

/* ---- bounds of lists and texts ---- */

static void repeat(struct buf *b, const char *piece, size_t n)
{
    buf_reset(b);
    for (size_t i = 0; i < n; i++)
        buf_f(b, "%s%s", i ? "," : "", piece);
}

/* "x,x,x" of @n pieces, or one text of @n bytes without a @piece. */
static int set_long(const char *name, const char *piece, size_t n)
{
    struct search_query q;
    struct err e = ERR_INIT;
    struct buf value = BUF_INIT(1 << 20);
    search_query_init(&q);
    if (*piece)
        repeat(&value, piece, n);
    for (size_t i = 0; !*piece && i < n; i++)
        buf_c(&value, 'a');
    int rc = search_query_set(&q, str_of(name), buf_view(&value), wall_of_s(0),
                              NULL, &e);
    buf_fini(&value);
    search_query_fini(&q);
    return rc;
}

START_TEST(bounds)
{
    static const struct {
        const char *name, *param, *piece;
        size_t max;
    } long_rows[] = {
        { "ids", "ids", "AAAAAAAAAAA", SEARCH_IDS_MAX },
        { "channels", "channelId", CHANNEL, SEARCH_IDS_MAX },
        { "bytes of words", "q", "", SEARCH_Q_MAX },
        { "bytes of languages", "language", "en", 85 },
        { "names of fields", "fields", "id", SEARCH_COLUMNS_MAX },
    };
    struct err e = ERR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(long_rows); i++) {
        const char *param = long_rows[i].param, *piece = long_rows[i].piece;
        for (size_t more = 0; more < 3; more++)
            T_RC(long_rows[i].name,
                 set_long(param, piece, long_rows[i].max - 1 + more),
                 more < 2 ? RC_OK : RC_INPUT, &e);
    }
}
END_TEST

/* "w0 w1 w2 …", each behind @sign. */
static int ask_words(size_t n, const char *sign)
{
    struct question q;
    struct err e = ERR_INIT;
    struct buf text = BUF_INIT(1 << 16);
    for (size_t i = 0; i < n; i++)
        buf_f(&text, "%s%cw%zu", sign, i ? 'x' : 'y', i);
    int rc = question_open(&q, buf_view(&text), &e);
    question_close(&q);
    buf_fini(&text);
    return rc;
}

START_TEST(a_question_has_a_bounded_number_of_words)
{
    struct err e = ERR_INIT;
    T_RC("one below", ask_words(QUESTION_TERMS - 1, " "), RC_OK, &e);
    T_RC("the bound", ask_words(QUESTION_TERMS, " "), RC_OK, &e);
    T_RC("one more", ask_words(QUESTION_TERMS + 1, " "), RC_INPUT, &e);
    T_RC("one more to exclude", ask_words(QUESTION_TERMS + 1, " -"), RC_INPUT,
         &e);
}
END_TEST

/* ---- the parts of q ---- */

/* Required terms, then what each group excludes, then the phrases. */
static const char *show_question(struct str text, struct buf *out)
{
    struct question q;
    struct err e = ERR_INIT;
    buf_reset(out);
    if (question_open(&q, text, &e)) {
        question_close(&q);
        return "refused";
    }
    for (size_t i = 0; i < q.n; i++)
        buf_f(out, "%s%s%.*s", i ? " " : "",
              q.term[i].group                   ? "-"
              : q.term[i].fields == FIELD_TITLE ? "title:"
                                                : "",
              STR_ARG(question_str(&q.term[i])));
    for (size_t i = 0; i < q.n_phrases; i++) {
        buf_f(out, " %u\"", (unsigned)q.phrase[i].group);
        for (size_t u = 0; u < q.phrase[i].words.n; u++)
            buf_f(out, "%s%.*s", u ? " " : "",
                  STR_ARG(words_unit(&q.phrase[i].words, u)));
        buf_c(out, '"');
    }
    buf_c(out, 0);
    question_close(&q);
    return out->p;
}

START_TEST(questions)
{
    static const struct {
        const char *name, *q, *want;
    } question_rows[] = {
        { "words", "The Cat", "the cat" },
        { "a word twice is one", "cat CAT", "cat" },
        { "the same word elsewhere is another", "cat title:cat",
          "cat title:cat" },
        { "a phrase asks for its words and their order", "\"big cat\"",
          "big cat 0\"big cat\"" },
        { "a phrase of one word is a word", "\"cat\"", "cat" },
        { "an open quote ends with the text", "\"big cat",
          "big cat 0\"big cat\"" },
        { "an empty phrase is passed over", "\"\" cat", "cat" },
        { "an excluded word", "cat -dog", "cat -dog" },
        { "an excluded phrase", "cat -\"big dog\"",
          "cat -big -dog 1\"big dog\"" },
        { "a dash alone is no word", "cat - dog", "cat dog" },
        { "an excluded word in the title", "x -title:y", "x -y" },
        { "only excluded words", "-dog", "-dog" },
        { "an item of two words asks for both", "example.com", "example com" },
        { "title: without a word is passed over", "title: cat", "cat" },
        { "word* is refused", "cat do*", "refused" },
        { "nothing", "", "refused" },
        { "nothing but signs", "!?", "refused" },
    };
    struct buf out = BUF_INIT(4096);
    for (size_t i = 0; i < ARRAY_LEN(question_rows); i++)
        T_STR(question_rows[i].name,
              str_of(show_question(str_of(question_rows[i].q), &out)),
              question_rows[i].want);
    buf_fini(&out);
}
END_TEST

/* ---- asking for ratios ---- */

START_TEST(what_asks_for_ratios)
{
    static const struct {
        const char *params;
        bool derived;
    } derived_rows[] = {
        { "", false },
        { "q=cat&viewsMin=5&sort=-views", false },
        { "likesMin=5&sort=-likes", false },
        { "top=1", true },
        { "bottom=1", true },
        { "ratio=likesViews", true },
        { "minVotes=1", true },
        { "sort=-percentile", true },
        { "sort=views,ratio", true },
        { "fields=id,title", false },
        { "fields=ratios", true },
        { "fields=id,ratios.likesViews.value", true },
    };
    for (size_t i = 0; i < ARRAY_LEN(derived_rows); i++) {
        struct search_query q;
        struct err e = ERR_INIT;
        T_OK(set_all(&q, derived_rows[i].params, NULL, &e), &e);
        ck_assert_msg(search_query_derived(&q) == derived_rows[i].derived,
                      "'%s'", derived_rows[i].params);
        search_query_fini(&q);
    }
}
END_TEST

/* ---- percent as codes ---- */

/* Top x: q < x/100 of 2^32; bottom x: 2^32 - q is. Both ends are exact. */
START_TEST(percentages_become_codes)
{
    static const double percents[] = { 1e-9, 5e-8, 0.1,  1,     12.5,
                                       25,   50,   99.9, 99.999 };
    for (size_t i = 0; i < ARRAY_LEN(percents); i++) {
        struct search_query q;
        uint32_t lo, hi;
        double share = percents[i] / 100 * 0x1p32;
        search_query_init(&q);
        q.top = percents[i];
        filter_rank_codes(&q, &lo, &hi);
        T_U64("top begins with the best", lo, 0);
        T_TRUE("the last is in", hi < share);
        T_TRUE("the next is not", hi + 1.0 >= share);
        q.top = 0;
        q.bottom = percents[i];
        filter_rank_codes(&q, &lo, &hi);
        if (lo == PACK_UNKNOWN)
            continue; /* so few that nobody is among them */
        T_U64("bottom ends with the worst", hi, RATIO_NO_RANK - 1);
        T_TRUE("the first is in", 0x1p32 - lo < share);
        T_TRUE("the one before is not", 0x1p32 - lo + 1 >= share);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("query");
    TCase *c = tcase_create("query");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, values, 0, (int)ARRAY_LEN(rows));
    tcase_add_test(c, every_parameter_refuses_nonsense_by_its_name);
    tcase_add_test(c, an_unknown_name_is_answered_with_the_nearest);
    tcase_add_test(c, bounds);
    tcase_add_test(c, a_question_has_a_bounded_number_of_words);
    tcase_add_test(c, questions);
    tcase_add_test(c, what_asks_for_ratios);
    tcase_add_test(c, percentages_become_codes);
    tcase_add_test(c, ratios_as_people_read_them);
    suite_add_tcase(s, c);
    return t_run(s);
}
