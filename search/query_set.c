/*
 * search/query_set.c - the value of each parameter into a query.
 *
 * Rules
 *   1. a setter changes the query on success only
 *
 * Threads: any, each with its own query.
 */
#include "search/query_set_priv.h"

#include "base/num.h"
#include "base/utf8.h"

#include <stdlib.h>

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
int set_words(struct setting *s)
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

int set_ids(struct setting *s)
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

int set_channels(struct setting *s)
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

int set_categories(struct setting *s)
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

int set_languages(struct setting *s)
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

int set_duration_min(struct setting *s)
{
    return set_seconds(s, &s->q->duration.has_min, &s->q->duration.min);
}

int set_duration_max(struct setting *s)
{
    return set_seconds(s, &s->q->duration.has_max, &s->q->duration.max);
}

/* The words of YouTube's search.list: short is less than 4 minutes, medium
 * 4 to 20 inclusive, long more than 20. */
int set_video_duration(struct setting *s)
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

int set_views_min(struct setting *s)
{
    return set_count(s, &s->q->views.has_min, &s->q->views.min);
}

int set_views_max(struct setting *s)
{
    return set_count(s, &s->q->views.has_max, &s->q->views.max);
}

int set_likes_min(struct setting *s)
{
    return set_count(s, &s->q->likes.has_min, &s->q->likes.min);
}

int set_published_after(struct setting *s)
{
    return value_date(s->value, s->now, &s->q->published_from, s->e);
}

int set_published_before(struct setting *s)
{
    return value_date(s->value, s->now, &s->q->published_to, s->e);
}

int set_ratio(struct setting *s)
{
    if (ratio_parse(s->value, &s->q->ratio, s->e))
        return err_set(s->e, RC_INPUT, "'%.*s' is not a ratio",
                       s->value.n > 40 ? 40 : (int)s->value.n, s->value.p);
    s->q->ratio_given = true;
    return RC_OK;
}

int set_min_votes(struct setting *s)
{
    uint64_t n;
    int rc = num_human(s->value, &n, s->e);
    if (!rc && n == 0)
        rc = err_set(s->e, RC_INPUT, "it must be at least 1");
    if (!rc)
        s->q->min_votes = n;
    return rc;
}

int set_top(struct setting *s)
{
    return value_percent(s->value, &s->q->top, s->e);
}

int set_bottom(struct setting *s)
{
    return value_percent(s->value, &s->q->bottom, s->e);
}

int set_exclude(struct setting *s)
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

int set_sort(struct setting *s)
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

int set_seed(struct setting *s)
{
    return num_u64(s->value, &s->q->seed, s->e);
}

int set_limit(struct setting *s)
{
    uint64_t n;
    int rc = num_u64(s->value, &n, s->e);
    if (!rc && (n < 1 || n > SEARCH_LIMIT_MAX))
        rc = err_set(s->e, RC_INPUT, "'%.*s' is outside", STR_ARG(s->value));
    if (!rc)
        s->q->limit = n;
    return rc;
}

int set_cursor(struct setting *s)
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

int set_fields(struct setting *s)
{
    char text[sizeof(s->q->fields)];
    int rc = copy_text(s, text, sizeof(text));
    if (!rc && s->value.n)
        rc = fields_check(s->value, s->e);
    if (!rc)
        memcpy(s->q->fields, text, s->value.n + 1);
    return rc;
}
