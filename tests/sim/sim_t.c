/* tests/sim/sim_t.c - see tests/sim/sim_t.h. */
#include "tests/sim/sim_t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void prepare(struct service *s)
{
    const int64_t limits[LEDGER_BUCKETS] = { 1000000, 1000000, 1000000 };
    *s = (struct service){ .start = T_START };
    ledger_init(&s->ledger, limits, T_START);
    faults_init(&s->faults, 7);
    s->key = strdup("k");
}

void t_service(struct service *s, uint64_t videos, uint64_t channels)
{
    struct err e = ERR_INIT;
    prepare(s);
    T_OK(corpus_made(&s->corpus, 7, videos, channels, T_START, &e), &e);
}

void t_service_stored(struct service *s, struct store *store)
{
    struct err e = ERR_INIT;
    prepare(s);
    T_OK(corpus_stored(&s->corpus, store, &e), &e);
}

void t_service_fini(struct service *s)
{
    corpus_fini(&s->corpus);
    faults_fini(&s->faults);
    ledger_fini(&s->ledger);
    free(s->key);
    free(s->replay_dir);
}

void t_ask(struct service *s, const char *target, const char *now,
           struct answer *ret)
{
    char text[16384];
    snprintf(text, sizeof(text), "/youtube/v3/%s", target);
    struct str path, query = str_of(text);
    (void)str_split(&query, '?', &path);
    struct request r = { .verb = STR("GET"),
                         .path = path,
                         .query = query,
                         .key = STR("k"),
                         .now = str_of(now) };
    service_answer(s, &r, ret);
}

struct jsonr *t_json(struct service *s, const char *target, const char *now,
                     int status)
{
    struct answer a;
    struct jsonr *v;
    struct err e = ERR_INIT;
    t_ask(s, target, now, &a);
    ck_assert_msg(a.status == status, "%s: status %d, want %d: %.300s", target,
                  a.status, status, a.body.p);
    T_OK(jsonr_open(&v, buf_view(&a.body), &e), &e);
    answer_fini(&a);
    return v;
}

struct str t_text(const struct jsonr *v, const char *path)
{
    struct str s = STR("");
    (void)jsonr_str(jsonr_get(v, path), &s);
    return s;
}

struct str t_reason(const struct jsonr *v)
{
    const struct jsonr *errors = jsonr_get(v, "error.errors");
    return t_text(jsonr_item(errors, 0), "reason");
}

uint64_t *t_catalog(struct service *s, int64_t now, size_t *n)
{
    const struct corpus *c = &s->corpus;
    uint64_t slots = c->ops->slots(c->ctx);
    uint64_t *ids = calloc(slots + 1, sizeof(*ids));
    *n = 0;
    for (uint64_t i = 0; i < slots; i++)
        *n += c->ops->told(c->ctx, i, now, &ids[*n]);
    return ids;
}

int64_t t_spent(struct service *s, enum ledger_bucket b)
{
    int64_t day = ledger_day_at(T_START);
    for (size_t i = 0; i < s->ledger.n; i++)
        if (s->ledger.days[i].day == day)
            return s->ledger.days[i].bucket[b].spent;
    return 0;
}
