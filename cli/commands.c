/*
 * cli/commands.c - the table of subcommands and their options. Help, man
 * pages and shell completion come from it.
 */
#include "cli/cli_priv.h"

/* clang-format off */
const struct opt_row cli_global_opts[] = {
    { "config", 0, OPT_ONE, "FILE", "configuration file (default: $SVF_CONFIG, ./svf.ini, ~/.config/svf/svf.ini, /etc/svf/svf.ini)" },
    { "store", 0, OPT_ONE, "URI", "the store: sqlite:PATH or mongodb://HOST/NAME; a bare path means sqlite:" },
    { "set", 0, OPT_MANY, "KEY=VALUE", "override one configuration key (not api.key)" },
    { "json", 0, OPT_FLAG, NULL, "one JSON document on stdout, also on failure" },
    { "verbose", 'v', OPT_FLAG, NULL, "log details" },
    { "quiet", 'q', OPT_FLAG, NULL, "no progress, errors only" },
    { "log-format", 0, OPT_ONE, "text|json", "form of a log line" },
    { "help", 'h', OPT_FLAG, NULL, "tell how it is used" },
    { "version", 0, OPT_FLAG, NULL, "tell the version" },
};
const size_t cli_n_global_opts = ARRAY_LEN(cli_global_opts);

#define SORTS \
    { "sort", 's', OPT_ONE, "KEYS", "-percentile,-views,publishedAt,relevance,duration,-ratio,random" }, \
    { "seed", 0, OPT_ONE, "N", "of --sort random" }
#define FILTERS \
    { "ratio", 'r', OPT_ONE, "RATIO", "likes/views (default), likes/dislikes, comments/views, dislikes/views" }, \
    { "top", 't', OPT_ONE, "PERCENT", "the best share within the bucket of equal views" }, \
    { "bottom", 0, OPT_ONE, "PERCENT", "the worst share" }, \
    { "duration", 'd', OPT_ONE, "RANGE", "10m..1h, ..4m, 20m.." }, \
    { "views", 0, OPT_ONE, "RANGE", "1k..2M" }, \
    { "published", 0, OPT_ONE, "RANGE", "-30d.., 2024-01-01..2024-06-30" }, \
    { "likes-min", 0, OPT_ONE, "N", "at least so many likes" }, \
    { "min-votes", 0, OPT_ONE, "N", "likes and dislikes together, at least" }, \
    { "channel", 0, OPT_ONE, "IDS", "channel ids, comma separated" }, \
    { "category", 0, OPT_ONE, "NUMBERS", "category numbers, comma separated" }, \
    { "language", 0, OPT_ONE, "CODES", "languages, comma separated; und = unknown" }, \
    { "exclude", 0, OPT_ONE, "LIST", "shorts,live,kids,unavailable" }
#define COLUMNS \
    { "columns", 'c', OPT_ONE, "A,B,…", "what to print of each video" }
#define FORMATS \
    { "output", 'o', OPT_ONE, "FORMAT", "table (default on a terminal), json, ndjson (default elsewhere), csv, ids, urls" }, \
    COLUMNS
#define IMPORTS \
    { "format", 'f', OPT_ONE, "FORMAT", "auto, trending, snapshots, adview, api, svf, dislikes" }, \
    { "year", 'y', OPT_ONE, "YYYY", "of dates that come without one (trending lists of 2017)" }, \
    { "foreign-ids", 0, OPT_FLAG, NULL, "make up ids for sets that have none of YouTube's" }, \
    { "rejects", 0, OPT_ONE, "FILE", "write each rejected row with its reason" }

static const struct opt_row import_opts[] = { IMPORTS };
static const struct opt_row rank_opts[] = {
    { "rebuild-edges", 0, OPT_FLAG, NULL, "draw the bucket edges anew instead of keeping those of the last epoch" },
};
static const struct opt_row top_opts[] = {
    FILTERS, SORTS, { "limit", 'n', OPT_ONE, "N", "how many (default 20)" }, FORMATS, IMPORTS,
};
static const struct opt_row export_opts[] = {
    FILTERS, { "output", 'o', OPT_ONE, "FORMAT", "ndjson (default), csv, ids" }, COLUMNS,
};
static const struct opt_row show_opts[] = {
    { "ids", 0, OPT_ONE, "FILE|-", "ids, one a line" }, FORMATS,
};
static const struct opt_row curves_opts[] = {
    { "ratio", 'r', OPT_ONE, "RATIO", "likes/views (default), likes/dislikes, comments/views, dislikes/views" },
    { "svg", 0, OPT_ONE, "FILE", "draw the curves as a picture" },
};
static const struct opt_row init_opts[] = {
    { "kind", 0, OPT_ONE, "live|local", "who may write: the YouTube API only, or imports and simulations" },
};
static const struct opt_row config_opts[] = {
    { "origin", 0, OPT_FLAG, NULL, "print: where each value comes from" },
    { "live", 0, OPT_FLAG, NULL, "check: spend 1 unit to learn whether the key works" },
};
static const struct opt_row source_opts[] = {
    { "ids", 0, OPT_ONE, "FILE|-", "sources, one a line" },
};
static const struct opt_row mine_opts[] = {
    { "ids", 0, OPT_ONE, "FILE|-", "videos and channels, one a line" },
    { "units", 0, OPT_ONE, "N", "spend at most so many units" },
    { "threads", 0, OPT_ONE, "N", "connections (default api.connections)" },
    { "pace", 0, OPT_ONE, "now|day", "now: as fast as the API answers (default); day is not built yet" },
    { "until", 0, OPT_ONE, "TIME", "end at this time" },
    { "plan", 0, OPT_FLAG, NULL, "spend nothing, tell what the job would cost" },
    { "daemon", 0, OPT_FLAG, NULL, "stay and follow the day's plan; not built yet" },
    { "strict", 0, OPT_FLAG, NULL, "exit 75 when the quota ended the job" },
    { "clock", 0, OPT_ONE, "step:TIME", "simulated time; only with an API on loopback" },
};
static const struct opt_row quota_opts[] = {
    { "at", 0, OPT_ONE, "TIME", "the ledger of the day that holds this time" },
};
static const struct opt_row sim_opts[] = {
    { "listen", 0, OPT_ONE, "HOST:PORT", "default 127.0.0.1:8089; port 0 = a free one" },
    { "seed", 0, OPT_ONE, "N", "of the generated catalogue (default 7)" },
    { "videos", 0, OPT_ONE, "N", "default 100000" },
    { "channels", 0, OPT_ONE, "N", "default 2000" },
    { "from", 0, OPT_ONE, "STORE", "serve the records of this store" },
    { "replay", 0, OPT_ONE, "DIR", "answer with recorded pages" },
    { "key", 0, OPT_ONE, "KEY", "the only good key (default sim-key)" },
    { "quota", 0, OPT_ONE, "LIST", "general=10000,search=100,batch_stats=10000" },
    { "latency", 0, OPT_ONE, "TIME", "added to each answer, e.g. 100ms" },
    { "faults", 0, OPT_ONE, "FILE", "JSON list of faults" },
    { "start", 0, OPT_ONE, "TIME", "simulated time (default 2026-11-20T08:00:00Z)" },
};
static const struct opt_row status_opts[] = {
    { "jobs", 0, OPT_ONE, "N", "how many of the last jobs (default 5)" },
};
static const struct opt_row serve_opts[] = {
    { "listen", 0, OPT_ONE, "HOST:PORT", "default server.listen" },
    { "web-dir", 0, OPT_ONE, "DIR", "serve the page from a folder while it is developed" },
};
static const struct opt_row demo_opts[] = {
    { "once", 0, OPT_FLAG, NULL, "ask the own API once, print the answer and end" },
};
static const struct opt_row store_opts[] = {
    { "findings", 0, OPT_ONE, "N", "check: tell at most so many lines (default 100)" },
};

#define CMD(name, words, summary, fn, opts, text) \
    { name, words, summary, text, opts, ARRAY_LEN(opts), fn }

const struct command cli_commands[] = {
    CMD("demo", "", "Mine, rank and serve a simulated YouTube in a temporary folder", cmd_demo, demo_opts,
        "Starts the simulator, mines it over HTTP, ranks, serves, prints the address\n"
        "of the page and stays until Ctrl-C. With --once it prints one answer of its\n"
        "own API instead and ends. With --store it mines into that store, which must be\n"
        "new, and stays:\n\n"
        "  svf demo --once --store mongodb://HOST/svf_demo\n"),
    CMD("init", "", "Make the store", cmd_init, init_opts,
        "A store is live or local, for ever: a live store is written by the YouTube\n"
        "API only and keeps to its terms; a local one takes imports and simulations.\n"
        "Other commands make a store by themselves where one is needed. A store that an\n"
        "older version of svf made is brought up to this one.\n"),
    CMD("source", "add|remove|list [SOURCE…]", "Say what the nightly job mines", cmd_source, source_opts,
        "A SOURCE is a channel (id, @handle, URL), a playlist or a video (id, URL).\n\n"
        "  svf source add @veritasium https://www.youtube.com/@smartereveryday\n"
        "  svf source list\n"),
    CMD("mine", "[SOURCE…]", "Run one mining job within the day's quota", cmd_mine, mine_opts,
        "Walks the sources, fetches what is new, refreshes what was last fetched more\n"
        "than mine.refresh_after ago, oldest first, and ends. With SOURCE or --ids\n"
        "only those. Killed at any moment it goes on where it stood.\n\n"
        "  svf mine --plan          what a job would cost\n"
        "  15 8 * * *  svf mine -q  the cron line of a nightly job\n"),
    CMD("rank", "", "Rank all videos and publish a rank epoch", cmd_rank, rank_opts,
        "Each video is ranked among those with about as many views.\n"),
    CMD("serve", "", "Serve the page and the JSON API", cmd_serve, serve_opts,
        "Listens on loopback unless told otherwise. GET /api/v1/videos?top=1 and\n"
        "the page at / answer from the index, which follows the store.\n"),
    CMD("top", "[WORD…] [FILE…]", "The best videos by ratio among those with about as many views", cmd_top, top_opts,
        "Words must all occur in title, tags or channel. An argument that names an\n"
        "existing file is a data file: it is imported into a temporary store, ranked\n"
        "and asked. Without --top or --bottom: the best 1 %.\n\n"
        "  svf top --top 1 --duration 10m..30m piano\n"
        "  svf top USvideos.csv --year 2017 --ratio likes/dislikes --limit 50\n"),
    CMD("show", "VIDEO…", "One video with every ratio, bucket and percentile", cmd_show, show_opts,
        "A VIDEO is an id or a URL; an id that begins with '-' goes behind --.\n"),
    CMD("curves", "", "How a ratio spreads over view counts", cmd_curves, curves_opts, ""),
    CMD("import", "FILE…|-", "Load data files into a local store", cmd_import, import_opts,
        "Trending lists, snapshots, the ad-view set, API pages and our own exports,\n"
        "plain or .gz, as they are. Importing again changes nothing.\n"),
    CMD("export", "", "Write all videos, one a line, ordered by id", cmd_export, export_opts,
        "  svf export --columns id,views,likes,title -o csv > videos.csv\n"),
    CMD("store", "copy FROM TO | check", "Copy a store into another one, or check it", cmd_store, store_opts,
        "copy makes TO hold what FROM holds, whatever kinds of stores they are, and\n"
        "compares both at the end. Interrupted, the same command goes on. A URI with a\n"
        "password is better not seen by others: env:NAME takes it from a variable.\n\n"
        "  svf store copy svf.db mongodb://db1,db2/svf\n"
        "  svf store copy env:SVF_STORE_URI backup.db\n\n"
        "check reads everything, tells what is wrong line by line and then ends with\n"
        "exit code 65.\n"),
    CMD("quota", "", "The day's ledger and plan", cmd_quota, quota_opts, ""),
    CMD("status", "", "Store, sources, last jobs, index", cmd_status, status_opts, ""),
    CMD("sim", "", "Serve a simulated YouTube Data API on loopback", cmd_sim, sim_opts,
        "  svf sim --videos 1000000 --channels 20000\n"
        "  SVF_API_KEY=sim-key svf --set api.base_url=http://127.0.0.1:8089/youtube/v3 mine UC…\n"),
    CMD("config", "print|check|sample", "Print or check the configuration", cmd_config, config_opts, ""),
};
const size_t cli_n_commands = ARRAY_LEN(cli_commands);

const char *const cli_later[] = {
    "similar", "index", "audit", "purge", "node", "witness", "doctor",
};
const size_t cli_n_later = ARRAY_LEN(cli_later);
/* clang-format on */
