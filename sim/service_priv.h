/*
 * sim/service_priv.h - the service without its sockets: a request goes in,
 * an answer comes out. Tests and the fuzzer call it directly.
 */
#ifndef SVF_SIM_SERVICE_PRIV_H
#define SVF_SIM_SERVICE_PRIV_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/clk.h"
#include "sim/corpus_priv.h"
#include "sim/faults_priv.h"
#include "sim/ledger_priv.h"
#include "sim/out_priv.h"
#include "sim/params_priv.h"
#include "sim/token_priv.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SERVICE_BODY_MAX = 16 * 1024 * 1024, /* bytes of one answer */
    SERVICE_ARENA_MAX = 64 * 1024 * 1024,
    SERVICE_IDS_MAX = 50 /* ids of one request */
};

struct service {
    struct corpus corpus;
    struct ledger ledger;
    struct faults faults;
    char *key;        /* owned */
    char *replay_dir; /* owned; NULL = none */
    int64_t start;    /* simulated second without X-Svf-Sim-Now */
};

struct request {
    struct str verb;  /* "GET" */
    struct str path;  /* "/youtube/v3/videos", raw */
    struct str query; /* raw, without '?' */
    struct str key;   /* header x-goog-api-key; p NULL = none */
    struct str now;   /* header X-Svf-Sim-Now */
    struct str if_none_match;
    struct str body; /* of POST /_sim/faults */
};

struct answer {
    int status;
    const char *type;    /* content type */
    const char *allow;   /* header Allow of a 405; NULL = none */
    struct buf body;     /* owned */
    char etag[OUT_ETAG]; /* "" = none */
    struct fault fault;  /* owned; what http.c does to the body */
    bool catalog;        /* the body is the catalogue, to be streamed */
    int64_t catalog_now;
    struct fields *catalog_fields; /* owned; NULL = all */
};
#define ANSWER_INIT                                                            \
    {                                                                          \
        .status = 200, .body = BUF_INIT(SERVICE_BODY_MAX), .fault = FAULT_INIT \
    }
void answer_fini(struct answer *a);

/*
 * Answer @r. Never fails: what goes wrong is an answer, too. A pure function
 * of (service, request) but for the ledger and the faults.
 * Threads: any.
 */
void service_answer(struct service *s, const struct request *r,
                    struct answer *ret);

/*
 * Append the lines of videos [*slot, …) of the catalogue to @out until at
 * least @bytes are there or the end is reached; *slot moves on.
 */
int service_catalog(struct service *s, int64_t now, const struct fields *f,
                    uint64_t *slot, size_t bytes, struct buf *out,
                    struct err *e) MUST_CHECK;

/* /_sim/… (control.c): true when @r is for it and @ret is filled. */
bool control_answer(struct service *s, const struct request *r,
                    struct answer *ret);
/* The simulated second of @r. False when the header is no time. */
bool service_now(const struct service *s, const struct request *r,
                 int64_t *ret);
void service_plain(struct answer *ret, int status, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* A recorded page for this request (replay.c): true when one was found. */
bool replay_answer(const struct service *s, const char *method,
                   const struct params *p, struct buf *body);

/* ---- methods ---- */

enum part {
    PART_ID = 1 << 0,
    PART_SNIPPET = 1 << 1,
    PART_CONTENT = 1 << 2,
    PART_STATISTICS = 1 << 3,
    PART_STATUS = 1 << 4,
    PART_TOPIC = 1 << 5,
    PART_LIVE = 1 << 6,
    PART_RECORDING = 1 << 7,
    PART_LOCALIZATIONS = 1 << 8,
    PART_PLAYER = 1 << 9,
    PART_PLACEMENT = 1 << 10,
    PART_PARTNER = 1 << 11,
    PART_BRANDING = 1 << 12,
    PART_OWNER = 1 << 13,
    PART_FILE = 1 << 14,
    PART_PROCESSING = 1 << 15,
    PART_SUGGESTIONS = 1 << 16,
    PART_AUDIT = 1 << 17
};

/* One checked request on its way to its answer. */
struct ask {
    struct service *s;
    const struct params *params;
    int64_t now;
    uint32_t parts;
    uint32_t max_results;
    struct arena *arena;
    const struct fields *fields; /* NULL = all */
    struct buf *body;
    char *etag; /* OUT_ETAG bytes */
};

/* A method of the API (methods.c). */
struct method {
    const char *name; /* "videos.list" */
    const char *path; /* behind /youtube/v3/ */
    enum ledger_bucket bucket;
    int64_t units;
    uint32_t parts;       /* that a key may read */
    uint32_t owner_parts; /* that need the owner */
    const struct param_spec *specs;
    size_t n_specs;
    const char *shape; /* all names of its answer, as a selector */
    uint32_t default_results;
    int (*answer)(struct ask *a, struct api_error *x);
};

const struct method *method_of_path(struct str path);
/* Read `part` into bits. */
int method_parts(const struct method *m, const struct params *p, uint32_t *ret,
                 struct api_error *x) MUST_CHECK;

int answer_videos(struct ask *a, struct api_error *x) MUST_CHECK;
int answer_stats(struct ask *a, struct api_error *x) MUST_CHECK;
int answer_channels(struct ask *a, struct api_error *x) MUST_CHECK;
int answer_playlist(struct ask *a, struct api_error *x) MUST_CHECK;
int answer_search(struct ask *a, struct api_error *x) MUST_CHECK;

/* ---- pieces that several answers share (pieces.c) ---- */

/* Read the id list of @name: at most SERVICE_IDS_MAX, repeated ids once, in
 * the order asked; what is no id is left out, as an unknown id would be. */
int piece_video_ids(const struct ask *a, uint64_t *ret, size_t *n,
                    struct api_error *x) MUST_CHECK;
int piece_channel_ids(const struct ask *a, struct cid *ret, size_t *n,
                      struct api_error *x) MUST_CHECK;
void piece_page_info(struct out *o, uint64_t total, uint64_t per_page);
void piece_page_token(struct out *o, const char *key, struct token t,
                      uint64_t list);
enum piece_sizes { PIECE_SMALL = 3, PIECE_LARGE = 5 };
/* thumbnails of video @id: default, medium, high, and the large ones. */
void piece_thumbnails(struct out *o, uint64_t id, enum piece_sizes sizes);
void piece_channel_thumbnails(struct out *o, struct cid id);
/* True when @a selects items/@part/@key. */
bool piece_wants(const struct ask *a, const char *part, const char *key);
/* "UU" and the channel's suffix. */
void piece_uploads_id(struct cid id, char out[static CID_TEXT]);
/* The channel whose uploads list is called @playlist. */
bool piece_uploads_of(struct str playlist, struct cid *ret) MUST_CHECK;
/* "PT4M13S", or "P0D" for a stream that has no length yet. */
void piece_duration(struct out *o, const char *key, const struct video *v);
/* A pseudo-random fact that no record holds: one stream for each @what. */
uint64_t piece_fact(uint64_t id, uint64_t what);
enum piece_facts {
    FACT_HD = 1,
    FACT_CAPTION,
    FACT_LICENSED,
    FACT_COMMONS,
    FACT_BLOCKED,
    FACT_LARGE,
    FACT_VIEWERS
};
bool piece_is_hd(uint64_t id);
bool piece_has_caption(uint64_t id);
bool piece_is_commons(uint64_t id);

/* One item of videos.list, parts and fields as in @a (item_video.c). */
void item_video(struct out *o, const struct ask *a, const struct video *v);
/* The fields of a record that the answer will need. */
uint64_t item_video_cols(const struct ask *a);
void item_channel(struct out *o, const struct ask *a, const struct channel *ch);

#endif
