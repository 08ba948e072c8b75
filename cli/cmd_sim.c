/* cli/cmd_sim.c - `svf sim`: the simulator until a signal. */
#include "cli/cli_priv.h"

#include "base/cal.h"
#include "base/file.h"
#include "sim/sim.h"

#include <string.h>

/* "general=10000,search=100,batch_stats=10000", any of them. */
static int take_quota(const char *text, struct sim_options *o, struct err *e)
{
    const struct {
        const char *name;
        int64_t *value;
    } buckets[] = { { "general", &o->quota_general },
                    { "search", &o->quota_search },
                    { "batch_stats", &o->quota_batch_stats } };
    struct str rest = str_of(text), part, name;
    while (str_split(&rest, ',', &part)) {
        int64_t *to = NULL;
        struct str value = part;
        if (!str_split(&value, '=', &name) || !value.p)
            return err_set(e, RC_INPUT, "--quota takes name=units, not '%.*s'",
                           (int)(part.n > 40 ? 40 : part.n), part.p);
        for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
            if (str_eqz(name, buckets[i].name))
                to = buckets[i].value;
        uint64_t units;
        if (!to)
            return err_set(e, RC_INPUT,
                           "--quota knows general, search and batch_stats, "
                           "not '%.*s'",
                           (int)(name.n > 40 ? 40 : name.n), name.p);
        int rc = num_human(value, &units, e);
        if (rc)
            return rc;
        *to = (int64_t)(units > INT64_MAX ? INT64_MAX : units);
    }
    return RC_OK;
}

static int settings(struct cli *c, struct sim_options *o, struct err *e)
{
    const char *text;
    if ((text = cli_opt(c, "listen")))
        o->listen = text;
    if ((text = cli_opt(c, "key")))
        o->key = text;
    o->replay_dir = cli_opt(c, "replay");
    o->faults_file = cli_opt(c, "faults");
    o->log = c->log;
    int rc = cli_no_words(c, e);
    if (!rc)
        rc = cli_opt_u64(c, "seed", 0, UINT64_MAX, &o->seed, e);
    if (!rc)
        rc = cli_opt_u64(c, "videos", 0, 100000000, &o->videos, e);
    if (!rc && !cli_has(c, "channels") && o->videos < o->channels)
        o->channels = o->videos ? o->videos : 1;
    if (!rc)
        rc = cli_opt_u64(c, "channels", 1, 100000000, &o->channels, e);
    if (!rc && (text = cli_opt(c, "quota")))
        rc = take_quota(text, o, e);
    if (!rc && (text = cli_opt(c, "latency")))
        rc = conf_parse_dur(str_of(text), &o->latency, e);
    if (!rc && (text = cli_opt(c, "start")))
        rc = cal_parse(str_of(text), &o->start, e);
    return rc ? cli_usage(c, e, NULL) : RC_OK;
}

static int open_from(struct cli *c, struct store **ret, struct err *e)
{
    const char *from = cli_opt(c, "from");
    char uri[CLI_URI_MAX];
    struct store *s;
    if (!from)
        return RC_OK;
    int rc = cli_uri_of(from, uri, sizeof(uri), e);
    struct store_options o = { .uri = uri, .read_only = true, .clk = c->clk };
    if (!rc)
        rc = store_open(&s, &o, e);
    if (rc)
        return rc;
    rc = cli_check_whole(c, s, e);
    if (rc)
        store_close(s);
    else
        *ret = s;
    return rc;
}

static void wait_for_signal(void)
{
    while (!cli_stop)
        clk_real()->wait(
            clk_real(), wall_add(clk_wall(clk_real()), DUR_S(3600)), &cli_stop);
}

/* Exit codes of what was asked for with options: a folder that is not there
 * is 66, what a file says wrongly 65, any other option 64. */
static int start(struct cli *c, struct sim_options *o, struct sim **ret,
                 struct err *e)
{
    if (o->replay_dir && !file_is_folder(o->replay_dir))
        return err_set(e, RC_NOTFOUND, "no folder '%s'", o->replay_dir);
    int rc = sim_open(ret, o, e);
    bool by_file = o->faults_file || o->replay_dir;
    if (rc == RC_DENIED || (rc == RC_INPUT && !by_file))
        return cli_usage(c, e, NULL);
    return rc;
}

int cmd_sim(struct cli *c, struct err *e)
{
    struct sim_options o = SIM_OPTIONS_INIT;
    struct store *from = NULL;
    struct sim *s;
    int rc = settings(c, &o, e);
    if (!rc)
        rc = open_from(c, &from, e);
    o.from = from;
    if (!rc)
        rc = start(c, &o, &s, e);
    if (!rc) {
        cli_print(c, "listening on %s\n", sim_url(s));
        cli_flush(c, true);
        wait_for_signal();
        sim_close(s);
    }
    store_close(from);
    return rc;
}
