/*
 * cli/cli_priv.h - what the subcommands share: the context of one run, exit
 * codes, opening of store, index, network and ledger from configuration.
 */
#ifndef SVF_CLI_CLI_PRIV_H
#define SVF_CLI_CLI_PRIV_H

#include "api/api.h"
#include "base/buf.h"
#include "base/clk.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/num.h"
#include "cli/opt_priv.h"
#include "miner/miner.h"
#include "net/net.h"
#include "quota/quota.h"
#include "search/search.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>

/* sysexits.h, as interface.md promises them. */
enum cli_exit {
    EXIT_DONE = 0,
    EXIT_SOME_FAILED = 1,
    EXIT_USAGE = 64,
    EXIT_DATA = 65,
    EXIT_NO_INPUT = 66,
    EXIT_UNAVAILABLE = 69,
    EXIT_BUG = 70,
    EXIT_CANT_CREATE = 73,
    EXIT_IO = 74,
    EXIT_LATER = 75,
    EXIT_NO_PERMISSION = 77,
    EXIT_CONFIG = 78
};

struct cli;

struct command {
    const char *name;
    const char *words;   /* "FILE…", "" */
    const char *summary; /* one line for the list of commands */
    const char *text;    /* paragraphs of --help, examples */
    const struct opt_row *opts;
    size_t n_opts;
    /* Fill @e and return a code, or RC_OK with c->exit already right. */
    int (*run)(struct cli *c, struct err *e);
};
extern const struct command cli_commands[];
extern const size_t cli_n_commands;
/* Commands of the interface that are not built yet: refused by name. */
extern const char *const cli_later[];
extern const size_t cli_n_later;
extern const struct opt_row cli_global_opts[];
extern const size_t cli_n_global_opts;

/* One run of the program; on main's stack. */
struct cli {
    const struct command *cmd;
    struct opts global; /* before the command */
    struct opts opts;   /* behind it; takes the global ones too */
    struct conf *conf;
    char conf_file[512]; /* the file in use, "" = none */
    struct log *log;
    struct clk *clk;
    struct clk_step step;
    bool json; /* one JSON document on stdout, also on failure */
    bool quiet;
    int progress_fd; /* 2, or -1 */
    int exit;        /* enum cli_exit; 0 unless something failed */
    char hint[200];  /* what to do about an error; "" = nothing */
    struct buf out;  /* stdout, in pieces */
    bool out_failed; /* the reader went away, disk or memory is full */
    int out_errno;
};

/* Becomes true on SIGINT or SIGTERM; the number is in cli_signal. */
extern atomic_bool cli_stop;
extern atomic_int cli_signal;
void cli_catch_signals(void);

/* ---- options ---- */

const char *cli_opt(const struct cli *c, const char *name);
bool cli_has(const struct cli *c, const char *name);
/* Is a whole number in [min, max] when given; *ret keeps its value if not. */
int cli_opt_u64(const struct cli *c, const char *name, uint64_t min,
                uint64_t max, uint64_t *ret, struct err *e) MUST_CHECK;
/* RC_INPUT when words are left over, naming the first. */
int cli_no_words(const struct cli *c, struct err *e) MUST_CHECK;
/* Say that the command line is wrong: exit code 64 and a hint. @fmt NULL: @e
 * is filled already. Returns RC_INPUT. */
int cli_usage(struct cli *c, struct err *e, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* What the words of the command line and --ids name. */
struct cli_sources {
    struct source *list; /* owned */
    size_t n, cap;
};
/*
 * Read all words from number @first on, then the lines of --ids; nothing is
 * acted upon before all are understood. RC_INPUT: exit code 64 for a word, 65
 * for a line of a file, with its number. The list is the caller's also on
 * failure: cli_sources_fini().
 */
int cli_sources_read(struct cli *c, size_t first, struct cli_sources *ret,
                     struct err *e) MUST_CHECK;
void cli_sources_fini(struct cli_sources *s);

/* ---- configuration ---- */

extern const struct conf_row cli_conf_rows[];
extern const size_t cli_n_conf_rows;
/* Read file, environment and --set into c->conf. */
int cli_configure(struct cli *c, struct err *e) MUST_CHECK;
/* Check what a row's type cannot tell: url, listen, rule, statement; and that
 * the key is set in one place. */
int cli_check_config(struct cli *c, struct err *e) MUST_CHECK;
/* The folder for store and index, which need not be there. RC_CONFIG. */
int cli_state_dir(struct cli *c, char *out, size_t n, struct err *e) MUST_CHECK;
int cli_store_uri(struct cli *c, char *out, size_t n, struct err *e) MUST_CHECK;
/* A store as people name it, "x.db" or "sqlite:x.db", as a URI in @out. */
int cli_uri_of(const char *text, char *out, size_t n, struct err *e) MUST_CHECK;

/* ---- opening ---- */

enum { CLI_URI_MAX = 4096 + 8 }; /* a store.uri, with "sqlite:" before it */

enum cli_store_mode {
    CLI_LOOK,         /* CLI_READ, also of a copy that is not finished */
    CLI_READ,         /* it must exist; nothing will be written */
    CLI_USE,          /* it must exist; written if this user may */
    CLI_OPEN,         /* it must exist, and be written */
    CLI_CREATE_LOCAL, /* made as a local store when absent */
    CLI_CREATE_MINE   /* made live or local, by the API's host */
};
int cli_store_open(struct cli *c, enum cli_store_mode mode, struct store **ret,
                   struct err *e) MUST_CHECK;
/* Refuse a store that is being filled by a copy: it has some of the videos and
 * none of the ledger. RC_CORRUPT, with a hint. */
int cli_check_whole(struct cli *c, struct store *s, struct err *e) MUST_CHECK;
/* Make the store: of @kind, or when that is 0 live for the real API and local
 * for one on loopback. One that is there is opened, and brought up when an
 * older version made it; RC_CONFIG when it is of another kind. */
int cli_store_make(struct cli *c, enum store_kind kind, struct store **ret,
                   struct err *e) MUST_CHECK;
/* The file of an "sqlite:" @uri, borrowed from it; NULL for other stores. */
const char *cli_store_file(const char *uri);
/* Make the folder of an "sqlite:" @uri. */
int cli_store_folder(struct cli *c, const char *uri, struct err *e) MUST_CHECK;
/* Path of the index's segment file: beside the file of an sqlite: store; of
 * one on a server in the state folder, by its id. "" for none. */
void cli_segment_path(struct cli *c, const struct store *s,
                      char out[static CLI_URI_MAX]);
/* @no_text: without words, and without touching the segment file. */
int cli_search_open(struct cli *c, struct store *s, bool no_text,
                    struct search **ret, struct err *e) MUST_CHECK;
/* Write the segment file if it is behind, so that the next one opens at once;
 * failure is a warning: the file is a cache. For indexes with words. */
void cli_search_keep(struct cli *c, const struct store *st, struct search *s);
/* Rank now if this local store was never ranked, or if its population moved
 * by more than one in a hundred since. Who may not write goes on with the
 * ranks there are; RC_DENIED when there are none. */
int cli_rank_if_needed(struct cli *c, struct store *st, struct search *s,
                       struct err *e) MUST_CHECK;

/* Network, ledger and key of the configured API. */
struct cli_remote {
    struct secret key;
    struct net *net;
    struct quota *quota;
    struct quota_options quota_options;
};
int cli_remote_open(struct cli *c, struct store *s, struct cli_remote *ret,
                    struct err *e) MUST_CHECK;
void cli_remote_close(struct cli *c, struct cli_remote *r);
/* RC_CONFIG unless a key is configured: asked before a store is made. */
int cli_need_key(struct cli *c, struct err *e) MUST_CHECK;
int cli_quota_options(struct cli *c, struct store *s, struct quota_options *ret,
                      struct err *e) MUST_CHECK;
bool cli_base_is_loopback(struct cli *c);

/* May ratios be told of a store? */
int cli_policy(struct cli *c, const struct store *s, struct api_policy *ret,
               struct err *e) MUST_CHECK;
/* RC_CONFIG with the sentence of the terms when they may not. */
int cli_require_derived(struct cli *c, const struct store *s,
                        struct err *e) MUST_CHECK;

/* ---- filters of top and export ---- */

/* Words (joined by blanks) and filter options into a query. */
int cli_query(struct cli *c, const char *const *words, size_t n_words,
              struct search_query *q, struct err *e) MUST_CHECK;

/* ---- output ---- */

enum cli_format { OUT_TABLE, OUT_JSON, OUT_NDJSON, OUT_CSV, OUT_IDS, OUT_URLS };
int cli_format(struct cli *c, enum cli_format *ret, struct err *e) MUST_CHECK;
/* Replace the text in c->out by one JSON document, {"@key": text}. */
void cli_text_as_json(struct cli *c, const char *key);
/* Hand c->out to stdout when it is large, or at once with @all. */
void cli_flush(struct cli *c, bool all);
void cli_print(struct cli *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* To stderr, unless -q: what a person wants to know. */
void cli_note(struct cli *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool cli_stdout_tty(void);

/* A table of text cells, columns as wide as their widest cell. */
struct table;
/* NULL when memory ends: the others take it, table_print() fails the output. */
struct table *table_open(size_t columns, const char *const *headers,
                         const bool *right);
void table_cell(struct table *t, struct str text);
void table_cell_f(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void table_print(struct cli *c, struct table *t); /* frees it */

/* Items as any list format; @top_note: say "top 0.8 %" for this ratio. */
struct cli_items {
    enum cli_format format;
    struct search_columns columns;
    enum ratio_id ratio;
    bool derived;
};
void cli_items_print(struct cli *c, const struct cli_items *how,
                     const struct search_item *items, size_t n,
                     void (*meta)(void *ctx, struct jsonw *w), void *ctx);
/* "1,234,567" */
const char *cli_count_text(uint64_t v, char out[static 32]);
/* "987", "5.2k", "214M": at most three figures below 1000G */
const char *cli_short_text(uint64_t v, char out[static 16]);

/* ---- status, used by `status` and `serve` ---- */

enum { CLI_STATUS_JOBS = 5 }; /* jobs told unless --jobs says otherwise */
/* Write the members of the status document (between { and }).
 * @info  of the index; NULL leaves its members out */
int cli_status_json(struct cli *c, struct store *st,
                    const struct search_info *info, struct jsonw *w,
                    struct err *e) MUST_CHECK;
void cli_metrics(struct buf *out);

/* The exit code of interface.md for an error of code @rc. */
int cli_exit_of(int rc);

#define CLI_COMMAND(fn) int fn(struct cli *c, struct err *e)
CLI_COMMAND(cmd_init);
CLI_COMMAND(cmd_import);
CLI_COMMAND(cmd_rank);
CLI_COMMAND(cmd_top);
CLI_COMMAND(cmd_show);
CLI_COMMAND(cmd_curves);
CLI_COMMAND(cmd_export);
CLI_COMMAND(cmd_status);
CLI_COMMAND(cmd_config);
CLI_COMMAND(cmd_source);
CLI_COMMAND(cmd_store);
CLI_COMMAND(cmd_mine);
CLI_COMMAND(cmd_quota);
CLI_COMMAND(cmd_sim);
CLI_COMMAND(cmd_serve);
CLI_COMMAND(cmd_demo);

#endif
