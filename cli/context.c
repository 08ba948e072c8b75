/*
 * cli/context.c - opens store, index, network and ledger as configured.
 *
 * Rules
 *   1. a local store never meets the live API, a live one never a file;
 *      each refusal is a sentence
 *   2. the key goes from file or environment into a struct secret and
 *      nowhere else
 */
#include "cli/cli_priv.h"

#include "base/cal.h"
#include "base/file.h"
#include "base/thr.h"
#include "net/net.h"

#include <errno.h>
#include <string.h>

int cli_exit_of(int rc)
{
    switch (rc) {
    case RC_NOTFOUND:
        return EXIT_NO_INPUT;
    case RC_AGAIN:
    case RC_LIMIT:
    case RC_FENCED:
    case RC_UNKNOWN:
    case RC_CANCELLED:
        return EXIT_LATER;
    case RC_DENIED:
    case RC_IO:
    case RC_NOMEM:
        return EXIT_IO;
    case RC_INPUT:
    case RC_CORRUPT:
    case RC_LOST:
        return EXIT_DATA;
    case RC_CONFIG:
        return EXIT_CONFIG;
    case RC_DOWN:
        return EXIT_UNAVAILABLE;
    case RC_EXISTS:
        return EXIT_CANT_CREATE;
    default:
        return EXIT_BUG;
    }
}

/* ---- options ---- */

const char *cli_opt(const struct cli *c, const char *name)
{
    const char *v = opt_value(&c->opts, name);
    return v ? v : opt_value(&c->global, name);
}

bool cli_has(const struct cli *c, const char *name)
{
    return cli_opt(c, name) != NULL;
}

int cli_usage(struct cli *c, struct err *e, const char *fmt, ...)
{
    c->exit = EXIT_USAGE;
    if (!*c->hint)
        snprintf(c->hint, sizeof(c->hint), "see svf %s%s--help",
                 c->cmd ? c->cmd->name : "", c->cmd ? " " : "");
    if (!fmt)
        return RC_INPUT;
    char text[240];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return err_set(e, RC_INPUT, "%s", text);
}

int cli_opt_u64(const struct cli *c, const char *name, uint64_t min,
                uint64_t max, uint64_t *ret, struct err *e)
{
    const char *text = cli_opt(c, name);
    uint64_t v;
    if (!text)
        return RC_OK;
    int rc = num_human(str_of(text), &v, e);
    if (rc)
        return err_wrap(e, rc, "--%s", name);
    if (v < min || v > max)
        return err_set(e, RC_INPUT,
                       "--%s must be between %" PRIu64 " and %" PRIu64
                       ", not '%.40s'",
                       name, min, max, text);
    *ret = v;
    return RC_OK;
}

int cli_no_words(const struct cli *c, struct err *e)
{
    if (!c->opts.n_words)
        return RC_OK;
    return err_set(e, RC_INPUT, "unexpected argument '%.60s'",
                   c->opts.words[0]);
}

/* ---- store and index ---- */

bool cli_base_is_loopback(struct cli *c)
{
    return net_url_is_loopback(conf_text(c->conf, "api.base_url"));
}

const char *cli_store_file(const char *uri)
{
    return strncmp(uri, "sqlite:", 7) == 0 ? uri + 7 : NULL;
}

static int make_folder_above(const char *path, struct err *e)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (!slash || slash == path)
        return RC_OK;
    char dir[CLI_URI_MAX];
    snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
    return file_mkdirs(dir, e);
}

int cli_store_folder(struct cli *c, const char *uri, struct err *e)
{
    int rc = make_folder_above(cli_store_file(uri), e);
    if (rc)
        c->exit = EXIT_CANT_CREATE;
    return rc;
}

/* Open the configured store in the way of @how, which is but its URI. */
static int open_as(struct cli *c, struct store_options how, struct store **ret,
                   struct err *e)
{
    char uri[CLI_URI_MAX];
    int rc = cli_store_uri(c, uri, sizeof(uri), e);
    if (!rc && how.create)
        rc = cli_store_folder(c, uri, e);
    if (rc)
        return rc;
    how.uri = uri;
    how.clk = c->clk;
    rc = store_open(ret, &how, e);
    if (rc == RC_NOTFOUND && how.create) {
        c->exit = EXIT_CANT_CREATE;
        snprintf(c->hint, sizeof(c->hint),
                 "its folder must be there, and you must be allowed to write "
                 "in it");
    } else if (rc == RC_NOTFOUND)
        snprintf(c->hint, sizeof(c->hint),
                 "load data first: svf import FILE…, svf mine SOURCE…, or "
                 "try svf demo");
    return rc;
}

static enum store_kind kind_by_api(struct cli *c)
{
    return cli_base_is_loopback(c) ? STORE_LOCAL : STORE_LIVE;
}

/* What a store is, it is for ever: that it was made is told. */
static int make_and_tell(struct cli *c, enum store_kind kind,
                         struct store **ret, struct err *e)
{
    struct store_options how = { .create = true, .kind = kind };
    int rc = open_as(c, how, ret, e);
    if (!rc)
        cli_note(c, "made a %s store: %s\n",
                 kind == STORE_LIVE ? "live" : "local", store_uri(*ret));
    return rc;
}

int cli_check_whole(struct cli *c, struct store *s, struct err *e)
{
    bool unfinished = false;
    int rc = store_copy_unfinished(s, &unfinished, e);
    if (rc || !unfinished)
        return rc;
    snprintf(c->hint, sizeof(c->hint),
             "svf store copy FROM TO, as it was begun, goes on with it");
    return err_set(e, RC_CORRUPT, "%s is a copy that is not finished",
                   store_uri(s));
}

/* Open the store that is there. */
static int open_existing(struct cli *c, enum cli_store_mode mode,
                         struct store **ret, struct err *e)
{
    struct store_options how = { .read_only = mode <= CLI_READ };
    struct store *st;
    int rc = open_as(c, how, &st, e);
    if (rc == RC_DENIED && mode == CLI_USE) {
        how.read_only = true;
        rc = open_as(c, how, &st, e);
    }
    if (rc)
        return rc;
    rc = mode == CLI_LOOK ? RC_OK : cli_check_whole(c, st, e);
    if (rc)
        store_close(st);
    else
        *ret = st;
    return rc;
}

int cli_store_open(struct cli *c, enum cli_store_mode mode, struct store **ret,
                   struct err *e)
{
    bool may_make = mode == CLI_CREATE_LOCAL || mode == CLI_CREATE_MINE;
    int rc = open_existing(c, mode, ret, e);
    if (rc != RC_NOTFOUND || !may_make)
        return rc;
    c->hint[0] = '\0';
    return make_and_tell(
        c, mode == CLI_CREATE_MINE ? kind_by_api(c) : STORE_LOCAL, ret, e);
}

int cli_store_make(struct cli *c, enum store_kind kind, struct store **ret,
                   struct err *e)
{
    struct store_options how = { .create = true,
                                 .upgrade = true,
                                 .kind = kind ? kind : kind_by_api(c) };
    struct store *st;
    int rc = open_as(c, how, &st, e);
    if (rc)
        return rc;
    if (kind && store_kind(st) != kind)
        rc = err_set(e, RC_CONFIG, "%s is a %s store already, for ever",
                     store_uri(st), kind == STORE_LIVE ? "local" : "live");
    if (!rc)
        rc = cli_check_whole(c, st, e);
    if (rc)
        store_close(st);
    else
        *ret = st;
    return rc;
}

/* Of a store on a server: a name that tells it, and no other has. */
static int segment_in_state_dir(struct cli *c, const struct store *s, char *out,
                                int n)
{
    char dir[400];
    const unsigned char *id = store_id(s);
    const char *slash = strrchr(store_uri(s), '/');
    if (cli_state_dir(c, dir, sizeof(dir), NULL))
        return n; /* too long a name: no file */
    int at =
        snprintf(out, (size_t)n, "%s/%.64s-", dir, slash ? slash + 1 : "store");
    for (int i = 0; i < STORE_ID_BYTES && at < n; i++)
        at += snprintf(out + at, (size_t)(n - at), "%02x", id[i]);
    if (at < n)
        at += snprintf(out + at, (size_t)(n - at), ".index");
    return at;
}

void cli_segment_path(struct cli *c, const struct store *s,
                      char out[static CLI_URI_MAX])
{
    const char *uri = store_uri(s);
    const char *path = cli_store_file(uri);
    int n = 0;
    *out = '\0';
    if (path)
        n = snprintf(out, CLI_URI_MAX, "%s.index", path);
    else if (strncmp(uri, "mem:", 4) != 0)
        n = segment_in_state_dir(c, s, out, CLI_URI_MAX);
    if (n >= CLI_URI_MAX)
        *out = '\0';
}

int cli_search_open(struct cli *c, struct store *s, bool no_text,
                    struct search **ret, struct err *e)
{
    char path[CLI_URI_MAX];
    cli_segment_path(c, s, path);
    struct search_options o = { .store = s,
                                .segment_path = *path && !no_text ? path : NULL,
                                .no_text = no_text,
                                .clk = c->clk,
                                .log = c->log,
                                .progress_fd = c->progress_fd,
                                .threads = thr_cpus(),
                                .stop = &cli_stop };
    return search_open(ret, &o, e);
}

void cli_search_keep(struct cli *c, const struct store *st, struct search *s)
{
    char path[CLI_URI_MAX];
    struct err e = ERR_INIT;
    cli_segment_path(c, st, path);
    if (!*path)
        return;
    int rc = make_folder_above(path, &e);
    if (!rc)
        rc = search_save(s, &e);
    if (rc) /* who may not write the folder lives without the file */
        log_event(c->log, rc == RC_DENIED ? LOG_INFO : LOG_WARN, "index",
                  "save_failed", "why=\"%s\"", e.msg);
}

/* Did the population move by more than one in a hundred since the epoch? */
static bool moved(const struct search_info *i, const struct ratio_table *t)
{
    uint64_t then = t->eligible + t->unknown;
    uint64_t apart = i->videos > then ? i->videos - then : then - i->videos;
    return apart > then / 100;
}

static int may_not_rank(struct cli *c, const struct store *st,
                        const struct search_info *i, struct err *e)
{
    if (i->epoch_id) {
        cli_note(c, "the ranks are older than the videos, and this user may "
                    "not write new ones; svf rank does, run by one who may\n");
        return RC_OK;
    }
    snprintf(c->hint, sizeof(c->hint),
             "run svf rank as a user who may write the store");
    return err_set(e, RC_DENIED,
                   "the videos were never ranked, and this user may not write "
                   "ranks to %s",
                   store_uri(st));
}

int cli_rank_if_needed(struct cli *c, struct store *st, struct search *s,
                       struct err *e)
{
    struct search_info info;
    search_info(s, &info);
    if (info.epoch_id) {
        if (store_kind(st) == STORE_LIVE)
            return RC_OK;
        struct ratio_table *t;
        int rc = search_table(s, RATIO_LIKES_VIEWS, &t, e);
        if (rc)
            return rc;
        bool again = moved(&info, t);
        ratio_table_close(t);
        if (!again)
            return RC_OK;
    }
    if (!info.videos && !info.epoch_id)
        return RC_OK; /* a store just made is not written by who reads it */
    struct ratio_options o = RATIO_OPTIONS_INIT;
    o.threads = thr_cpus();
    struct search_rank_report r;
    int rc = search_rank(s, &o, false, 0, &r, e);
    if (rc == RC_DENIED)
        return may_not_rank(c, st, &info, e);
    if (rc)
        return err_wrap(e, rc, "rank");
    cli_note(c, "ranked %" PRIu64 " videos (epoch %" PRIu64 ")\n", r.videos,
             r.epoch_id);
    return RC_OK;
}

/* ---- derived metrics ---- */

enum { REVIEW_DAYS = 180 };

/* "review 2026-10-01" or "approved 2026-10-01 REF-7": the date. */
static int statement_date(struct str text, struct str word, wall_t *ret,
                          struct str *rest, struct err *e)
{
    struct str part = str_trim(str_from(text, word.n));
    struct str date;
    if (!part.n || !str_split(&part, ' ', &date))
        return err_set(e, RC_CONFIG, "a date must follow '%.*s'",
                       STR_ARG(word));
    *rest = part.p ? str_trim(part) : (struct str){ NULL, 0 };
    return cal_parse(date, ret, e) ? RC_CONFIG : RC_OK;
}

static int parse_statement(struct cli *c, struct api_policy *p, struct err *e)
{
    struct str s =
        str_trim(str_of(conf_text(c->conf, "compliance.derived_metrics")));
    struct str rest;
    wall_t date;
    if (str_eqz(s, "off"))
        return RC_OK;
    if (str_starts(s, STR("approved"))) {
        int rc = statement_date(s, STR("approved"), &date, &rest, e);
        if (!rc && !rest.n)
            rc = err_set(e, RC_CONFIG,
                         "the reference of the approval is missing");
        p->derived = !rc;
        return rc;
    }
    if (!str_starts(s, STR("review")))
        return err_set(e, RC_CONFIG,
                       "'%.*s' is not off, review DATE or approved DATE "
                       "REFERENCE",
                       (int)(s.n > 60 ? 60 : s.n), s.p);
    int rc = statement_date(s, STR("review"), &date, &rest, e);
    if (rc)
        return rc;
    if (rest.n)
        return err_set(e, RC_CONFIG, "'%.*s' follows the date of the review",
                       (int)(rest.n > 60 ? 60 : rest.n), rest.p);
    wall_t now = clk_wall(c->clk);
    if (date.ms > now.ms)
        return err_set(e, RC_CONFIG, "the review begins in the future");
    p->derived_until = wall_add(date, DUR_S(REVIEW_DAYS * 86400));
    p->derived = now.ms < p->derived_until.ms;
    p->derived_loopback_only = true;
    p->banner = "Ratios are shown while YouTube examines the application "
                "for derived metrics; on this machine only.";
    return RC_OK;
}

int cli_policy(struct cli *c, const struct store *s, struct api_policy *ret,
               struct err *e)
{
    struct api_policy p = { .derived = false };
    int rc = parse_statement(c, &p, e);
    if (rc)
        return err_wrap(e, RC_CONFIG, "compliance.derived_metrics (%s)",
                        conf_where(c->conf, "compliance.derived_metrics"));
    if (s && store_kind(s) == STORE_LOCAL)
        p = (struct api_policy){ .derived = true };
    *ret = p;
    return RC_OK;
}

int cli_require_derived(struct cli *c, const struct store *s, struct err *e)
{
    struct api_policy p;
    int rc = cli_policy(c, s, &p, e);
    if (rc || p.derived)
        return rc;
    snprintf(c->hint, sizeof(c->hint),
             "set compliance.derived_metrics once YouTube has approved it: "
             "https://support.google.com/youtube/contact/yt_api_form");
    return err_set(e, RC_CONFIG,
                   "ratios of live API data are derived metrics, which "
                   "YouTube's policy III.E.4.h allows only with approval");
}

/* ---- the API ---- */

static int read_key(struct cli *c, struct secret *key, struct err *e)
{
    const char *text = conf_text(c->conf, "api.key");
    const char *path = conf_text(c->conf, "api.key_file");
    struct buf b = BUF_INIT(4096);
    int rc = RC_OK;
    if (!*text && *path) {
        rc = file_read_all(path, &b, e);
        if (rc)
            rc = err_wrap(e, RC_CONFIG, "api.key_file");
        text = b.p ? b.p : "";
    }
    struct str line = str_trim(str_n(text, strcspn(text, "\r\n")));
    if (!rc && !line.n) {
        snprintf(c->hint, sizeof(c->hint),
                 "put the key in a file and name it: --set "
                 "api.key_file=FILE, or export SVF_API_KEY");
        rc = err_set(e, RC_CONFIG, "no API key is configured");
    }
    if (!rc && line.n >= sizeof(key->bytes))
        rc = err_set(e, RC_CONFIG, "the API key is longer than %zu bytes",
                     sizeof(key->bytes) - 1);
    if (!rc)
        snprintf(key->bytes, sizeof(key->bytes), "%.*s", STR_ARG(line));
    buf_fini(&b);
    return rc;
}

int cli_need_key(struct cli *c, struct err *e)
{
    struct secret key;
    return read_key(c, &key, e);
}

int cli_quota_options(struct cli *c, struct store *s, struct quota_options *ret,
                      struct err *e)
{
    static const char *const keys[QUOTA_BUCKETS] = {
        [QUOTA_GENERAL] = "quota.general",
        [QUOTA_SEARCH] = "quota.search",
        [QUOTA_BATCH_STATS] = "quota.batch_stats",
    };
    struct quota_options o = { .store = s,
                               .project = conf_text(c->conf, "quota.project"),
                               .lease_units = 20 };
    int rc =
        quota_rule_parse(conf_text(c->conf, "quota.reset_rule"), &o.rule, e);
    if (rc)
        return err_wrap(e, RC_CONFIG, "quota.reset_rule");
    int64_t ppm = conf_int(c->conf, "quota.adhoc_reserve");
    for (int b = 0; b < QUOTA_BUCKETS; b++) {
        o.limit[b] = conf_int(c->conf, keys[b]);
        o.reserve[b] = o.limit[b] * ppm / 1000000;
    }
    *ret = o;
    return RC_OK;
}

static int check_kinds(struct cli *c, const struct store *s, struct err *e)
{
    if (store_kind(s) == STORE_LOCAL && !cli_base_is_loopback(c)) {
        snprintf(c->hint, sizeof(c->hint),
                 "mine into a store of its own: svf --store PATH init --kind "
                 "live");
        return err_set(e, RC_CONFIG,
                       "%s is a local store; the live API may not write it",
                       store_uri(s));
    }
    return RC_OK;
}

int cli_remote_open(struct cli *c, struct store *s, struct cli_remote *ret,
                    struct err *e)
{
    *ret = (struct cli_remote){ .net = NULL };
    int rc = check_kinds(c, s, e);
    if (!rc)
        rc = read_key(c, &ret->key, e);
    if (!rc)
        rc = cli_quota_options(c, s, &ret->quota_options, e);
    if (!rc)
        rc = net_global_init(e);
    if (rc)
        return rc;
    struct net_options o = NET_OPTIONS_INIT;
    o.base_url = conf_text(c->conf, "api.base_url");
    o.key = &ret->key;
    o.user_agent = "svf/" SVF_VERSION " (gzip)";
    rc = net_open(&ret->net, &o, e);
    if (!rc)
        rc = quota_open(&ret->quota, &ret->quota_options, e);
    if (rc)
        cli_remote_close(c, ret);
    return rc;
}

void cli_remote_close(struct cli *c, struct cli_remote *r)
{
    if (r->quota)
        quota_close(r->quota, clk_wall(c->clk));
    if (r->net)
        net_close(r->net);
    net_global_fini();
    r->quota = NULL;
    r->net = NULL;
}
