/*
 * cli/filter.c - the filter options of `top` and `export` as parameters of
 * the one query that the HTTP API uses too.
 */
#include "cli/cli_priv.h"

#include "base/cal.h"

#include <string.h>

/* Options that are one parameter each. */
static const struct {
    const char *option, *parameter;
} plain[] = {
    { "ratio", "ratio" },        { "top", "top" },
    { "bottom", "bottom" },      { "likes-min", "likesMin" },
    { "min-votes", "minVotes" }, { "channel", "channelId" },
    { "category", "category" },  { "language", "language" },
    { "exclude", "exclude" },    { "sort", "sort" },
    { "seed", "seed" },
};

/* Options that are "from..to". */
static const struct {
    const char *option, *from, *to;
    bool dates; /* a bare date at the end means all of that day */
} ranges[] = {
    { "duration", "durationMin", "durationMax", false },
    { "views", "viewsMin", "viewsMax", false },
    { "published", "publishedAfter", "publishedBefore", true },
};

/* Tell what is wrong with --@option in words of the command line. */
static int refuse(struct cli *c, const char *option,
                  const struct search_problem *p, struct err *e)
{
    return cli_usage(c, e, "--%s: %s%s%s", option, p->reason,
                     *p->allowed ? "; allowed: " : "", p->allowed);
}

static int set(struct cli *c, struct search_query *q, const char *option,
               const char *parameter, struct str value, struct err *e)
{
    struct search_problem p;
    int rc =
        search_query_set(q, str_of(parameter), value, clk_wall(c->clk), &p, e);
    if (rc == RC_INPUT)
        return refuse(c, option, &p, e);
    return rc;
}

/* "2024-06-30" as an end becomes the midnight behind it. */
static struct str day_behind(struct str date, char out[static CAL_TEXT])
{
    wall_t t;
    if (date.n != 10 || cal_parse(date, &t, NULL))
        return date;
    return str_of(cal_text(wall_add(t, DUR_S(86400)), out));
}

static int set_range(struct cli *c, struct search_query *q, size_t i,
                     struct err *e)
{
    const char *text = cli_opt(c, ranges[i].option);
    if (!text)
        return RC_OK;
    const char *dots = strstr(text, "..");
    struct str from = dots ? str_n(text, (size_t)(dots - text)) : str_of(text);
    struct str to = dots ? str_of(dots + 2) : from;
    char behind[CAL_TEXT];
    if (!from.n && !to.n)
        return cli_usage(c, e, "--%s takes a range such as 10..20, not '%s'",
                         ranges[i].option, text);
    if (ranges[i].dates)
        to = day_behind(to, behind);
    int rc = RC_OK;
    if (from.n)
        rc = set(c, q, ranges[i].option, ranges[i].from, from, e);
    if (!rc && to.n)
        rc = set(c, q, ranges[i].option, ranges[i].to, to, e);
    return rc;
}

static int set_words(struct cli *c, struct search_query *q,
                     const char *const *words, size_t n, struct err *e)
{
    struct buf b = BUF_INIT(SEARCH_Q_MAX);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_c(&b, ' ');
        buf_z(&b, words[i]);
    }
    int rc = RC_OK;
    if (b.failed)
        rc =
            cli_usage(c, e, "the words are longer than %d bytes", SEARCH_Q_MAX);
    else if (b.n)
        rc = set(c, q, "words", "q", buf_view(&b), e);
    buf_fini(&b);
    return rc;
}

/* What is wrong only with all options together. */
static int check(struct cli *c, const struct search_query *q, struct err *e)
{
    struct search_problem p;
    int rc = search_query_check(q, &p, e);
    for (size_t i = 0; rc == RC_INPUT && i < ARRAY_LEN(ranges); i++)
        if (strcmp(ranges[i].from, p.parameter) == 0)
            return cli_usage(c, e, "--%s: the range begins behind its end",
                             ranges[i].option);
    return rc == RC_INPUT ? refuse(c, p.parameter, &p, e) : rc;
}

int cli_query(struct cli *c, const char *const *words, size_t n_words,
              struct search_query *q, struct err *e)
{
    int rc = set_words(c, q, words, n_words, e);
    for (size_t i = 0; !rc && i < ARRAY_LEN(plain); i++) {
        const char *v = cli_opt(c, plain[i].option);
        if (v)
            rc = set(c, q, plain[i].option, plain[i].parameter, str_of(v), e);
    }
    for (size_t i = 0; !rc && i < ARRAY_LEN(ranges); i++)
        rc = set_range(c, q, i, e);
    return rc ? rc : check(c, q, e);
}
