/*
 * fuzz/sim_query.c - any request to the simulator: an answer whose body is
 * JSON when it says so, and which asked again is the same.
 *
 * The input's lines are the request target, the key, X-Svf-Sim-Now and
 * If-None-Match, and the rest is the body of a POST; what is missing is
 * absent.
 */
#include "fuzz/fuzz.h"
#include "schema/jsonr.h"
#include "sim/service_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { VIDEOS = 300, CHANNELS = 6 };
static const int64_t start = INT64_C(1795161600);

/* One service for all inputs: only ledger and faults change. */
static struct service *service(void)
{
    static struct service s;
    const int64_t limits[LEDGER_BUCKETS] = { INT64_MAX, INT64_MAX, INT64_MAX };
    if (s.key)
        return &s;
    s.start = start;
    ledger_init(&s.ledger, limits, start);
    faults_init(&s.faults, 7);
    s.key = strdup("k");
    if (!s.key || corpus_made(&s.corpus, 7, VIDEOS, CHANNELS, start, NULL))
        abort();
    return &s;
}

static struct request read_request(struct str rest)
{
    struct str target, path, line[3] = { { NULL, 0 } };
    (void)str_split(&rest, '\n', &target);
    for (size_t i = 0; i < ARRAY_LEN(line); i++)
        if (!str_split(&rest, '\n', &line[i]) || !line[i].n)
            line[i] = (struct str){ NULL, 0 };
    (void)str_split(&target, '?', &path);
    return (struct request){ .verb = rest.n ? STR("POST") : STR("GET"),
                             .path = path,
                             .query = target,
                             .key = line[0],
                             .now = line[1],
                             .if_none_match = line[2],
                             .body = rest };
}

static void check_body(const struct answer *a)
{
    struct jsonr *v;
    struct err e = ERR_INIT;
    assert(a->status >= 200 && a->status < 600);
    assert(!a->body.failed);
    if (a->catalog || !a->body.n || !a->type ||
        strncmp(a->type, "application/json", 16) != 0)
        return;
    int rc = jsonr_open(&v, buf_view(&a->body), &e);
    assert(rc == RC_OK);
    if (rc == RC_OK)
        jsonr_close(v);
}

/* The first lines of a catalogue that was asked for. */
static void read_catalog(struct service *s, const struct answer *a)
{
    struct buf b = BUF_INIT(1 << 20);
    uint64_t slot = 0;
    if (a->catalog && service_catalog(s, a->catalog_now, a->catalog_fields,
                                      &slot, 4096, &b, NULL))
        abort();
    buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct service *s = service();
    struct request r = read_request(str_n((const char *)data, size));
    struct answer a, again;
    faults_clear(&s->faults);
    service_answer(s, &r, &a);
    check_body(&a);
    read_catalog(s, &a);
    service_answer(s, &r, &again);
    bool control = str_starts(r.path, STR("/_sim/"));
    assert(control || (again.status == a.status &&
                       str_eq(buf_view(&again.body), buf_view(&a.body))));
    answer_fini(&a);
    answer_fini(&again);
    return 0;
}
