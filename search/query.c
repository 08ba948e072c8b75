/*
 * search/query.c - parameters into a struct search_query, by the table
 * params.def.
 *
 * Rules
 *   1. nothing is guessed: an unknown name, a repeated one, a bad value and
 *      a parameter that is not built yet are refused, and the refusal names
 *      the parameter and what would do
 *   2. a parameter counts as repeated when its alias was given before
 *   3. a failed set leaves the query as it was
 *
 * Threads: any, each with its own query.
 */
#include "search/query_priv.h"

#include "base/conf.h"
#include "base/digest.h"
#include "base/num.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdlib.h>

/* ---- the table ---- */

const struct search_param search_params[] = {
#define PARAM(name, setter, type, allowed, help)                               \
    { #name, NULL, type, allowed, help, true },
#define ALIAS(name, of, help) { #name, #of, "string", "", help, true },
#define LATER(name, help)     { #name, NULL, "string", "", help, false },
#include "search/params.def"
#undef PARAM
#undef ALIAS
#undef LATER
};
const size_t search_params_n = ARRAY_LEN(search_params);

/* A parameter's number is its bit in search_query.given. */
enum param {
#define PARAM(name, setter, type, allowed, help) PARAM_##name,
#define ALIAS(name, of, help)                    PARAM_##name,
#define LATER(name, help)                        PARAM_##name,
#include "search/params.def"
#undef PARAM
#undef ALIAS
#undef LATER
};
#define PARAM_BIT(p) (UINT64_C(1) << (p))

/* What a setter works on. */
struct setting {
    struct search_query *q;
    struct str value;
    wall_t now;
    struct err *e;
};

/* ---- life ---- */

void search_query_init(struct search_query *q)
{
    *q = (struct search_query){ .limit = 20, .ratio = RATIO_LIKES_VIEWS };
}

void search_query_fini(struct search_query *q)
{
    if (!q)
        return;
    free(q->ids);
    free(q->channels);
    search_query_init(q);
}

/* ---- setters ---- */

static int copy_text(const struct setting *s, char *to, size_t size)
{
    if (s->value.n >= size)
        return err_set(s->e, RC_INPUT, "it has %zu bytes", s->value.n);
    if (!utf8_valid(s->value) ||
        (s->value.n && memchr(s->value.p, 0, s->value.n)))
        return err_set(s->e, RC_INPUT, "it is not UTF-8 text");
    if (s->value.n)
        memcpy(to, s->value.p, s->value.n);
    to[s->value.n] = 0;
    return RC_OK;
}

/* An empty question is none: a page's empty field asks for everything. */
static int set_words(struct setting *s)
{
    struct question parsed;
    char text[SEARCH_Q_MAX + 1];
    s->value = str_trim(s->value);
    int rc = copy_text(s, text, sizeof(text));
    if (rc)
        return rc;
    if (s->value.n) {
        rc = question_open(&parsed, s->value, s->e);
        question_close(&parsed);
    }
    if (!rc)
        memcpy(s->q->q, text, s->value.n + 1);
    return rc;
}

static size_t count_parts(struct str list)
{
    size_t n = 1;
    for (size_t i = 0; i < list.n; i++)
        n += list.p[i] == ',';
    return n;
}

/* Room for the parts of a comma list, at most SEARCH_IDS_MAX. */
static int list_room(const struct setting *s, size_t size, void **ret)
{
    size_t n = count_parts(s->value);
    if (n > SEARCH_IDS_MAX)
        return err_set(s->e, RC_INPUT, "%zu are more than %d", n,
                       SEARCH_IDS_MAX);
    *ret = calloc(n, size);
    return *ret ? RC_OK : err_set(s->e, RC_NOMEM, "no memory for a list");
}

static int set_ids(struct setting *s)
{
    struct str rest = s->value, part;
    void *room = NULL;
    size_t n = 0;
    int rc = list_room(s, sizeof(uint64_t), &room);
    uint64_t *ids = room;
    while (!rc && str_split(&rest, ',', &part))
        rc = vid_parse(str_trim(part), &ids[n++], s->e);
    if (rc) {
        free(ids);
        return rc;
    }
    s->q->ids = ids;
    s->q->n_ids = n;
    s->q->by_ids = true;
    return RC_OK;
}

static int set_channels(struct setting *s)
{
    struct str rest = s->value, part;
    void *room = NULL;
    size_t n = 0;
    int rc = list_room(s, sizeof(struct cid), &room);
    struct cid *channels = room;
    while (!rc && str_split(&rest, ',', &part))
        rc = cid_parse(str_trim(part), &channels[n++], s->e);
    if (rc) {
        free(channels);
        return rc;
    }
    s->q->channels = channels;
    s->q->n_channels = n;
    return RC_OK;
}

static int set_categories(struct setting *s)
{
    struct str rest = s->value, part;
    uint64_t bits = 0, n;
    while (str_split(&rest, ',', &part)) {
        part = str_trim(part);
        if (num_u64(part, &n, NULL) || n < 1 || n > 63)
            return err_set(s->e, RC_INPUT, "'%.*s' is not a category",
                           STR_ARG(part));
        bits |= UINT64_C(1) << n;
    }
    s->q->categories = bits;
    return RC_OK;
}

static bool is_tag(struct str t)
{
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || (c == '-' && i > 0)))
            return false;
    }
    return t.n >= 2 && t.n <= 35;
}

static int set_languages(struct setting *s)
{
    struct str rest = s->value, part;
    char text[sizeof(s->q->languages)];
    int rc = copy_text(s, text, sizeof(text));
    if (rc)
        return rc;
    while (str_split(&rest, ',', &part))
        if (!is_tag(part))
            return err_set(s->e, RC_INPUT, "'%.*s' is not a language tag",
                           STR_ARG(part));
    memcpy(s->q->languages, text, s->value.n + 1);
    return RC_OK;
}

static int set_end(uint64_t value, bool *has, uint64_t *end)
{
    *has = true;
    *end = value;
    return RC_OK;
}

static int set_seconds(struct setting *s, bool *has, uint64_t *end)
{
    uint64_t n;
    int rc = value_seconds(s->value, &n, s->e);
    return rc ? rc : set_end(n, has, end);
}

static int set_count(struct setting *s, bool *has, uint64_t *end)
{
    uint64_t n;
    int rc = num_human(s->value, &n, s->e);
    return rc ? rc : set_end(n, has, end);
}

static int set_duration_min(struct setting *s)
{
    return set_seconds(s, &s->q->duration.has_min, &s->q->duration.min);
}

static int set_duration_max(struct setting *s)
{
    return set_seconds(s, &s->q->duration.has_max, &s->q->duration.max);
}

/* The words of YouTube's search.list: short is less than 4 minutes, medium
 * 4 to 20 inclusive, long more than 20. */
static int set_video_duration(struct setting *s)
{
    static const struct search_range medium = { true, true, 240, 1200 };
    const uint64_t ends =
        PARAM_BIT(PARAM_durationMin) | PARAM_BIT(PARAM_durationMax);
    if (s->q->given & ends)
        return err_set(s->e, RC_INPUT,
                       "not together with durationMin or durationMax");
    if (str_eqz(s->value, "short"))
        s->q->duration = (struct search_range){ .has_max = true, .max = 239 };
    else if (str_eqz(s->value, "medium"))
        s->q->duration = medium;
    else if (str_eqz(s->value, "long"))
        s->q->duration = (struct search_range){ .has_min = true, .min = 1201 };
    else if (!str_eqz(s->value, "any"))
        return err_set(s->e, RC_INPUT, "it is none of the four");
    s->q->given |= ends;
    return RC_OK;
}

static int set_views_min(struct setting *s)
{
    return set_count(s, &s->q->views.has_min, &s->q->views.min);
}

static int set_views_max(struct setting *s)
{
    return set_count(s, &s->q->views.has_max, &s->q->views.max);
}

static int set_likes_min(struct setting *s)
{
    return set_count(s, &s->q->likes.has_min, &s->q->likes.min);
}

static int set_published_after(struct setting *s)
{
    return value_date(s->value, s->now, &s->q->published_from, s->e);
}

static int set_published_before(struct setting *s)
{
    return value_date(s->value, s->now, &s->q->published_to, s->e);
}

static int set_ratio(struct setting *s)
{
    int rc = ratio_parse(s->value, &s->q->ratio, s->e);
    if (!rc)
        s->q->ratio_given = true;
    return rc;
}

static int set_min_votes(struct setting *s)
{
    uint64_t n;
    int rc = num_human(s->value, &n, s->e);
    if (!rc && n == 0)
        rc = err_set(s->e, RC_INPUT, "it must be at least 1");
    if (!rc)
        s->q->min_votes = n;
    return rc;
}

static int set_top(struct setting *s)
{
    return value_percent(s->value, &s->q->top, s->e);
}

static int set_bottom(struct setting *s)
{
    return value_percent(s->value, &s->q->bottom, s->e);
}

static int set_exclude(struct setting *s)
{
    struct str rest = s->value, part;
    bool shorts = false, live = false, kids = false, unavailable = false;
    while (str_split(&rest, ',', &part)) {
        if (str_eqz(part, "shorts"))
            shorts = true;
        else if (str_eqz(part, "live"))
            live = true;
        else if (str_eqz(part, "kids"))
            kids = true;
        else if (str_eqz(part, "unavailable"))
            unavailable = true;
        else
            return err_set(s->e, RC_INPUT, "'%.*s' cannot be excluded",
                           STR_ARG(part));
    }
    s->q->no_shorts = shorts;
    s->q->no_live = live;
    s->q->no_kids = kids;
    s->q->no_unavailable = unavailable;
    return RC_OK;
}

static const struct {
    const char *name;
    enum search_sort by;
    bool signless; /* there is only one way round */
} sorts[] = {
    { "percentile", SORT_PERCENTILE, false },
    { "ratio", SORT_RATIO, false },
    { "views", SORT_VIEWS, false },
    { "viewCount", SORT_VIEWS, false },
    { "likes", SORT_LIKES, false },
    { "likeCount", SORT_LIKES, false },
    { "dislikes", SORT_DISLIKES, false },
    { "dislikeCount", SORT_DISLIKES, false },
    { "comments", SORT_COMMENTS, false },
    { "commentCount", SORT_COMMENTS, false },
    { "publishedAt", SORT_PUBLISHED, false },
    { "published", SORT_PUBLISHED, false },
    { "duration", SORT_DURATION, false },
    { "durationSeconds", SORT_DURATION, false },
    { "id", SORT_ID, false },
    { "relevance", SORT_RELEVANCE, true },
    { "random", SORT_RANDOM, true },
};

static int add_sort(struct search_query *q, struct str part, struct err *e)
{
    bool down = part.n && part.p[0] == '-';
    struct str name = down ? str_from(part, 1) : part;
    for (size_t i = 0; i < ARRAY_LEN(sorts); i++) {
        if (!str_eqz(name, sorts[i].name))
            continue;
        if (down && sorts[i].signless)
            return err_set(e, RC_INPUT, "'%.*s' has only one direction",
                           STR_ARG(name));
        for (size_t k = 0; k < q->n_sort; k++)
            if (q->sort[k].by == sorts[i].by)
                return err_set(e, RC_INPUT, "'%.*s' is there twice",
                               STR_ARG(name));
        if (q->n_sort == SEARCH_SORTS)
            return err_set(e, RC_INPUT, "more than %d fields", SEARCH_SORTS);
        q->sort[q->n_sort].by = sorts[i].by;
        q->sort[q->n_sort++].down = down;
        return RC_OK;
    }
    return err_set(e, RC_INPUT, "nothing is sorted by '%.*s'", STR_ARG(name));
}

static int set_sort(struct setting *s)
{
    struct str rest = s->value, part;
    int rc = RC_OK;
    s->q->n_sort = 0;
    while (!rc && str_split(&rest, ',', &part))
        rc = add_sort(s->q, str_trim(part), s->e);
    if (rc)
        s->q->n_sort = 0;
    return rc;
}

static int set_seed(struct setting *s)
{
    return num_u64(s->value, &s->q->seed, s->e);
}

static int set_limit(struct setting *s)
{
    uint64_t n;
    int rc = num_u64(s->value, &n, s->e);
    if (!rc && (n < 1 || n > SEARCH_LIMIT_MAX))
        rc = err_set(s->e, RC_INPUT, "'%.*s' is outside", STR_ARG(s->value));
    if (!rc)
        s->q->limit = n;
    return rc;
}

static int set_cursor(struct setting *s)
{
    struct cursor c;
    char text[sizeof(s->q->cursor)];
    int rc = copy_text(s, text, sizeof(text));
    if (!rc)
        rc = cursor_read(&c, s->value, s->e);
    if (!rc)
        memcpy(s->q->cursor, text, s->value.n + 1);
    return rc;
}

static int set_fields(struct setting *s)
{
    char text[sizeof(s->q->fields)];
    int rc = copy_text(s, text, sizeof(text));
    if (!rc && s->value.n)
        rc = fields_check(s->value, s->e);
    if (!rc)
        memcpy(s->q->fields, text, s->value.n + 1);
    return rc;
}

/* ---- setting ---- */

/* NULL for what has no setter of its own. */
static int (*const setters[])(struct setting *) = {
#define PARAM(name, setter, type, allowed, help) set_##setter,
#define ALIAS(name, of, help)                    NULL,
#define LATER(name, help)                        NULL,
#include "search/params.def"
#undef PARAM
#undef ALIAS
#undef LATER
};
static_assert(ARRAY_LEN(setters) <= 64, "search_query.given has a bit each");

/* The number of @name, search_params_n when unknown. */
static size_t find(struct str name)
{
    size_t i = 0;
    while (i < search_params_n && !str_eqz(name, search_params[i].name))
        i++;
    return i;
}

/* Copy as much as fits, whole characters, terminated. */
static void copy_cut(char *to, size_t size, struct str from)
{
    size_t n = 0;
    while (n < from.n) {
        size_t len = utf8_len(str_from(from, n));
        if (len == 0 || n + len >= size)
            break;
        n += len;
    }
    if (n)
        memcpy(to, from.p, n);
    to[n] = 0;
}

static void describe(struct search_problem *problem, struct str name,
                     const char *reason, const char *allowed)
{
    if (!problem)
        return;
    copy_cut(problem->parameter, sizeof(problem->parameter), name);
    copy_cut(problem->reason, sizeof(problem->reason), str_of(reason));
    copy_cut(problem->allowed, sizeof(problem->allowed), str_of(allowed));
}

/* Refuse @name: "name: reason; allowed". */
static int refuse(struct search_problem *problem, struct str name,
                  const char *reason, const char *allowed, struct err *e)
{
    char shown[sizeof(problem->parameter)];
    copy_cut(shown, sizeof(shown), name);
    describe(problem, name, reason, allowed);
    if (!*allowed)
        return err_set(e, RC_INPUT, "%s: %s", shown, reason);
    return err_set(e, RC_INPUT, "%s: %s; allowed: %s", shown, reason, allowed);
}

static int refuse_unknown(struct search_problem *problem, struct str name,
                          struct err *e)
{
    const char *names[ARRAY_LEN(search_params)];
    char wanted[40], reason[120];
    for (size_t i = 0; i < search_params_n; i++)
        names[i] = search_params[i].name;
    copy_cut(wanted, sizeof(wanted), name);
    const char *nearest = conf_nearest(wanted, names, search_params_n);
    snprintf(reason, sizeof(reason), "no such parameter%s%s%s",
             nearest ? "; did you mean '" : "", nearest ? nearest : "",
             nearest ? "'?" : "");
    return refuse(problem, name, reason, "", e);
}

/* Rule 2 by its number, and what the cursor has to agree with. */
static void note(struct search_query *q, size_t i, struct str value)
{
    q->given |= PARAM_BIT(i);
    if (i == PARAM_limit || i == PARAM_cursor || i == PARAM_fields)
        return;
    uint64_t h = digest_u8(DIGEST_INIT, (unsigned char)i);
    q->asked += digest_mix(digest_bytes(h, value.p, value.n));
}

int search_query_set(struct search_query *q, struct str name, struct str value,
                     wall_t now, struct search_problem *problem, struct err *e)
{
    size_t i = find(name);
    if (i == search_params_n)
        return refuse_unknown(problem, name, e);
    const struct search_param *p = &search_params[i];
    if (!p->built)
        return refuse(problem, name, "not built yet", "", e);
    if (p->alias_of)
        i = find(str_of(p->alias_of));
    if (q->given & PARAM_BIT(i))
        return refuse(problem, name, "given twice, perhaps by another name", "",
                      e);
    struct err why = ERR_INIT;
    struct setting s = { .q = q, .value = value, .now = now, .e = &why };
    int rc = setters[i](&s);
    if (rc == RC_INPUT)
        return refuse(problem, name, why.msg, search_params[i].allowed, e);
    if (rc)
        return err_set(e, rc, "%s", why.msg);
    note(q, i, value);
    return RC_OK;
}

/* ---- checking ---- */

static bool sorted_by(const struct search_query *q, enum search_sort by)
{
    for (size_t i = 0; i < q->n_sort; i++)
        if (q->sort[i].by == by)
            return true;
    return false;
}

static bool empty(const struct search_range *r)
{
    return r->has_min && r->has_max && r->min > r->max;
}

int search_query_check(const struct search_query *q,
                       struct search_problem *problem, struct err *e)
{
    if (q->duration.has_min && empty(&q->duration))
        return refuse(problem, STR("durationMin"), "larger than durationMax",
                      "", e);
    if (empty(&q->views))
        return refuse(problem, STR("viewsMin"), "larger than viewsMax", "", e);
    if (q->published_from && q->published_to &&
        q->published_from >= q->published_to)
        return refuse(problem, STR("publishedAfter"),
                      "not before publishedBefore", "", e);
    if (q->top > 0 && q->bottom > 0)
        return refuse(problem, STR("bottom"), "not together with top", "", e);
    if (sorted_by(q, SORT_RELEVANCE) && !*q->q)
        return refuse(problem, STR("sort"), "relevance needs q", "", e);
    if ((q->given & PARAM_BIT(PARAM_seed)) && !sorted_by(q, SORT_RANDOM))
        return refuse(problem, STR("seed"), "only with sort=random", "", e);
    return RC_OK;
}

bool search_query_derived(const struct search_query *q)
{
    struct search_columns c;
    if (q->ratio_given || q->top > 0 || q->bottom > 0 || q->min_votes ||
        sorted_by(q, SORT_PERCENTILE) || sorted_by(q, SORT_RATIO))
        return true;
    return *q->fields &&
           search_columns_parse(str_of(q->fields), &c, NULL) == RC_OK &&
           search_columns_derived(&c);
}
