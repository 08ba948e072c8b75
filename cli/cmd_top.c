/*
 * cli/cmd_top.c - the product on the command line.
 *
 * Rules
 *   1. an argument that names an existing file (or "-") is data, all others
 *      are words, also the name of a folder; with data the answer comes from a
 *      temporary store
 *   2. what a filter left out because a fact is unknown is counted and told
 *   3. the answer is printed before the index is kept: nobody waits for a file
 */
#include "cli/import_priv.h"

#include "base/file.h"

#include <string.h>

struct asked {
    const char *words[64];
    size_t n_words;
    const char *files[64];
    size_t n_files;
};

static bool is_data(const char *word)
{
    return strcmp(word, "-") == 0 ||
           (file_exists(word) && !file_is_folder(word));
}

static int sort_arguments(struct cli *c, struct asked *a, struct err *e)
{
    for (size_t i = 0; i < c->opts.n_words; i++) {
        const char *w = c->opts.words[i];
        bool data = is_data(w);
        size_t *n = data ? &a->n_files : &a->n_words;
        if (*n == ARRAY_LEN(a->words))
            return cli_usage(c, e, "more than %zu arguments",
                             ARRAY_LEN(a->words));
        if (data)
            a->files[(*n)++] = w;
        else
            a->words[(*n)++] = w;
    }
    return RC_OK;
}

static bool looks_like_a_file(const char *word)
{
    static const char *const ends[] = { ".csv", ".json", ".ndjson", ".gz" };
    struct str w = str_of(word);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        size_t n = strlen(ends[i]);
        if (w.n > n && str_eqz(str_from(w, w.n - n), ends[i]))
            return true;
    }
    return false;
}

/* Options of the import mean nothing without a file; most likely its name is
 * wrong, and taking it for a word would answer another question. */
static int files_are_there(struct cli *c, const struct asked *a, struct err *e)
{
    static const char *const names[] = { "format", "year", "foreign-ids",
                                         "rejects" };
    for (size_t i = 0; !a->n_files && i < ARRAY_LEN(names); i++)
        if (cli_has(c, names[i]))
            return cli_usage(c, e,
                             "--%s is for data files, and no argument names "
                             "an existing one",
                             names[i]);
    if (a->n_files && cli_has(c, "store"))
        return cli_usage(c, e,
                         "data files and --store: the answer comes from one "
                         "or the other; to add the files, svf import");
    for (size_t i = 0; i < a->n_words; i++)
        if (strchr(a->words[i], '/') && file_is_folder(a->words[i]))
            return err_set(e, RC_INPUT, "'%.200s' is a folder", a->words[i]);
        else if (looks_like_a_file(a->words[i]))
            return err_set(e, RC_NOTFOUND, "there is no file '%.200s'",
                           a->words[i]);
    return RC_OK;
}

static void tell_file(struct cli *c, const char *path,
                      const struct import_report *r)
{
    cli_note(c, "%s: %" PRIu64 " rows, %" PRIu64 " rejected\n", path, r->read,
             r->rejected);
    for (size_t i = 0; i < r->n_reasons; i++)
        cli_note(c, "  %" PRIu64 " × %s\n", r->reasons[i].n,
                 r->reasons[i].text);
}

static int load_files(struct cli *c, const struct asked *a, struct store *st,
                      struct err *e)
{
    struct import_options o;
    int rc = import_settings(c, &o, e);
    if (rc)
        return rc;
    uint64_t read = 0, rejected = 0;
    o.store = st;
    for (size_t i = 0; !rc && i < a->n_files; i++) {
        struct import_report r;
        rc = import_file(&o, a->files[i], &r, e);
        if (rc)
            break;
        tell_file(c, a->files[i], &r);
        read += r.read;
        rejected += r.rejected;
    }
    import_settings_fini(&o);
    if (!rc && read && read == rejected)
        rc = err_set(e, RC_INPUT,
                     "all %" PRIu64 " rows of the data were rejected", read);
    return rc;
}

static int open_store(struct cli *c, const struct asked *a, struct store **ret,
                      struct err *e)
{
    if (!a->n_files)
        return cli_store_open(c, CLI_USE, ret, e);
    struct store_options o = {
        .uri = "mem:", .create = true, .kind = STORE_LOCAL, .clk = c->clk
    };
    int rc = store_open(ret, &o, e);
    if (rc)
        return rc;
    rc = load_files(c, a, *ret, e);
    if (rc)
        store_close(*ret);
    return rc;
}

static void meta(void *ctx, struct jsonw *w)
{
    const struct search_result *r = ctx;
    jsonw_ku64(w, "total", r->total);
    jsonw_ku64(w, "epochId", r->info.epoch_id);
    api_unknown_json(w, r);
}

/* Has any video a rank in @ratio? */
static bool any_ranked(struct search *s, enum ratio_id ratio)
{
    struct ratio_table *t;
    if (search_table(s, ratio, &t, NULL))
        return false;
    bool any = t->eligible > 0;
    ratio_table_close(t);
    return any;
}

static void tell_nothing_found(struct cli *c, struct search *s,
                               const struct search_query *q)
{
    bool more =
        !cli_has(c, "top") && !cli_has(c, "bottom") && any_ranked(s, q->ratio);
    cli_note(c,
             "no video that these words and filters leave is among those "
             "asked for%s\n",
             more ? "; without --top these are the best 1 %: try --top 10"
                  : "");
}

static void tell_what_is_missing(struct cli *c, struct search *s,
                                 const struct search_query *q,
                                 const struct search_result *r)
{
    char n[32];
    if (r->unknown_duration)
        cli_note(c, "%s videos left out: their duration is unknown\n",
                 cli_count_text(r->unknown_duration, n));
    if (r->unknown_published)
        cli_note(c, "%s videos left out: their date is unknown\n",
                 cli_count_text(r->unknown_published, n));
    if (r->unknown_rank)
        cli_note(c, "%s videos left out: their %s is unknown\n",
                 cli_count_text(r->unknown_rank, n), ratio_pair(q->ratio));
    if (!r->info.videos)
        cli_note(c, "there are no videos yet: svf import FILE…, or svf mine "
                    "SOURCE…\n");
    else if (!r->total)
        tell_nothing_found(c, s, q);
    if (r->one_bucket)
        cli_note(c, "all videos share one bucket: too few to compare only "
                    "those with about as many views\n");
    if (r->total > r->n)
        cli_note(c, "%zu of %s; --limit shows more\n", r->n,
                 cli_count_text(r->total, n));
}

/* Without --top the best one in a hundred is asked for. */
static int default_top(struct search_query *q, struct err *e)
{
    if (q->top > 0 || q->bottom > 0)
        return RC_OK;
    return search_query_set(q, STR("top"), STR("1"), (wall_t){ 0 }, NULL, e);
}

/* How to print, checked before the store is opened. */
static int output(struct cli *c, struct cli_items *how, struct err *e)
{
    int rc = cli_format(c, &how->format, e);
    if (!rc &&
        search_columns_parse(str_of(cli_opt(c, "columns")), &how->columns, e))
        rc = cli_usage(c, e, NULL);
    return rc;
}

static int answer(struct cli *c, struct store *st, struct search_query *q,
                  const struct cli_items *how, struct err *e)
{
    struct search *s;
    int rc = cli_require_derived(c, st, e);
    if (!rc)
        rc = cli_search_open(c, st, false, &s, e);
    if (rc)
        return rc;
    rc = cli_rank_if_needed(c, st, s, e);
    struct search_result r;
    if (!rc)
        rc = search_run(s, q, &r, e);
    if (!rc) {
        cli_items_print(c, how, r.items, r.n, meta, &r);
        tell_what_is_missing(c, s, q, &r);
        search_result_fini(s, &r);
        cli_flush(c, true); /* rule 3 */
        cli_search_keep(c, st, s);
    }
    search_close(s);
    return rc;
}

int cmd_top(struct cli *c, struct err *e)
{
    struct asked a = { .n_words = 0 };
    struct search_query q;
    struct cli_items how = { .derived = true };
    search_query_init(&q);
    int rc = sort_arguments(c, &a, e);
    if (!rc)
        rc = files_are_there(c, &a, e);
    if (!rc)
        rc = output(c, &how, e);
    if (!rc)
        rc = cli_query(c, a.words, a.n_words, &q, e);
    if (!rc)
        rc = default_top(&q, e);
    if (!rc && cli_opt_u64(c, "limit", 1, UINT32_MAX, &q.limit, e))
        rc = cli_usage(c, e, NULL);
    struct store *st = NULL;
    if (!rc)
        rc = open_store(c, &a, &st, e);
    if (!rc) {
        how.ratio = q.ratio;
        rc = answer(c, st, &q, &how, e);
        store_close(st);
    }
    search_query_fini(&q);
    return rc;
}
