/*
 * sim/control.c - /_sim/…: the ledger, the truth about the catalogue, and
 * the faults. Loopback only, no key, no charge.
 *
 * Rules
 *   1. the catalogue holds exactly the videos that the API tells at that
 *      moment, each in its channel's uploads list, with the field names of
 *      the API's item; an absent value is null
 *   2. it is written in pieces: a hundred million videos cost no memory
 *
 * Threads: any.
 */
#include "sim/service_priv.h"

#include "base/cal.h"

#include <stdlib.h>

#define TYPE_JSON "application/json; charset=UTF-8"

/* ---- the catalogue ---- */

static void put_u64(struct out *o, const char *key, bool have, uint64_t v)
{
    if (have)
        out_u64(o, key, v);
    else
        out_null(o, key);
}

static void put_text(struct out *o, const char *key, bool have, struct str v)
{
    if (have)
        out_str(o, key, v);
    else
        out_null(o, key);
}

static void put_tags(struct out *o, const struct video *v)
{
    if (!VIDEO_HAS(v, tags)) {
        out_null(o, "tags");
        return;
    }
    if (!out_arr(o, "tags"))
        return;
    struct str rest = v->tags, tag;
    while (str_split(&rest, '\n', &tag))
        out_elem(o, tag);
    out_arr_end(o);
}

static void put_who(struct out *o, const struct video *v)
{
    char id[VID_TEXT], channel[CID_TEXT];
    out_z(o, "id", vid_text(v->h.key[0], id));
    put_text(o, "channelId", VIDEO_HAS(v, channel),
             str_of(cid_text(v->channel, channel)));
    put_text(o, "channelTitle", VIDEO_HAS(v, channel_title), v->channel_title);
    put_text(o, "title", VIDEO_HAS(v, title), v->title);
    put_text(o, "description", VIDEO_HAS(v, description), v->description);
    if (VIDEO_HAS(v, published))
        out_time(o, "publishedAt", v->published);
    else
        out_null(o, "publishedAt");
}

static void put_facts(struct out *o, const struct video *v)
{
    put_u64(o, "durationSeconds", VIDEO_HAS(v, duration), v->duration);
    put_u64(o, "viewCount", VIDEO_HAS(v, views), v->views);
    put_u64(o, "likeCount", VIDEO_HAS(v, likes), v->likes);
    put_u64(o, "commentCount", VIDEO_HAS(v, comments), v->comments);
    put_u64(o, "categoryId", VIDEO_HAS(v, category), v->category);
    const char *live =
        schema_enum_text(&schema_video.fields[VIDEO_live], v->live);
    put_text(o, "liveBroadcastContent", VIDEO_HAS(v, live), str_of(live));
    if (VIDEO_HAS(v, made_for_kids))
        out_bool(o, "madeForKids", v->made_for_kids != 0);
    else
        out_null(o, "madeForKids");
    if (VIDEO_HAS(v, embeddable))
        out_bool(o, "embeddable", v->embeddable != 0);
    else
        out_null(o, "embeddable");
    put_text(o, "language", VIDEO_HAS(v, language), v->language);
    put_text(o, "audioLanguage", VIDEO_HAS(v, audio_language),
             v->audio_language);
    put_tags(o, v);
}

static void put_line(const struct fields *f, const struct video *v,
                     struct buf *out)
{
    struct out o = { .fields = f, .at = { 0 } };
    jsonw_init(&o.w, out);
    jsonw_obj(&o.w);
    put_who(&o, v);
    put_facts(&o, v);
    jsonw_obj_end(&o.w);
    buf_c(out, '\n');
}

static int put_batch(struct service *s, const uint64_t *ids, size_t n,
                     int64_t now, const struct fields *f, struct buf *out,
                     struct err *e)
{
    struct arena arena = ARENA_INIT(SERVICE_ARENA_MAX);
    bool found[CORPUS_BATCH_MAX];
    struct video *v = arena_take(&arena, CORPUS_BATCH_MAX * sizeof(*v));
    int rc = v ? s->corpus.ops->videos(s->corpus.ctx, ids, n, now, ~UINT64_C(0),
                                       &arena, v, found, e)
               : err_set(e, RC_NOMEM, "no memory for the catalogue");
    for (size_t i = 0; !rc && i < n; i++)
        if (found[i])
            put_line(f, &v[i], out);
    arena_fini(&arena);
    return rc ? rc : buf_check(out, "the catalogue", e);
}

int service_catalog(struct service *s, int64_t now, const struct fields *f,
                    uint64_t *slot, size_t bytes, struct buf *out,
                    struct err *e)
{
    const struct corpus *c = &s->corpus;
    uint64_t end = c->ops->slots(c->ctx), ids[CORPUS_BATCH_MAX];
    while (*slot < end && out->n < bytes) {
        size_t n = 0;
        while (*slot < end && n < CORPUS_BATCH_MAX)
            n += c->ops->told(c->ctx, (*slot)++, now, &ids[n]);
        int rc = put_batch(s, ids, n, now, f, out, e);
        if (rc)
            return rc;
    }
    return RC_OK;
}

/* Read now= and fields=. */
static int read_catalog_query(const struct params *p, int64_t *now,
                              struct fields **f, struct err *e)
{
    wall_t t;
    struct str text = params_get(p, "fields");
    for (size_t i = 0; i < p->n; i++)
        if (!str_eqz(p->at[i].name, "now") && !str_eqz(p->at[i].name, "fields"))
            return err_set(e, RC_INPUT,
                           "unknown parameter \"%.*s\": there "
                           "are now and fields",
                           STR_ARG(p->at[i].name));
    if (params_has(p, "now")) {
        int rc = cal_parse(params_get(p, "now"), &t, e);
        if (rc)
            return rc;
        *now = wall_s(t);
    }
    if (!text.p)
        return RC_OK;
    *f = calloc(1, sizeof(**f));
    if (!*f)
        return err_set(e, RC_NOMEM, "no memory for a selector");
    return fields_parse(text, *f, e);
}

/* The names in a selector borrow its text: keep that as long as the answer,
 * in its body, which stays empty otherwise. */
static int keep_text(const struct request *r, struct arena *arena,
                     struct params *p, struct answer *ret, struct err *e)
{
    struct api_error x;
    if (params_decode(r->query, arena, p, &x))
        return err_set(e, RC_INPUT, "%s", x.message);
    for (size_t i = 0; i < p->n; i++) {
        if (!str_eqz(p->at[i].name, "fields"))
            continue;
        buf_str(&ret->body, p->at[i].value);
        p->at[i].value = buf_view(&ret->body);
        break; /* the first one counts; a second append would move it */
    }
    return buf_check(&ret->body, "fields", e);
}

static void answer_catalog(struct service *s, const struct request *r,
                           struct answer *ret)
{
    struct err e = ERR_INIT;
    struct arena arena = ARENA_INIT(SERVICE_ARENA_MAX);
    struct params *p = calloc(1, sizeof(*p));
    ret->catalog_now = s->start;
    int rc = p ? RC_OK : err_set(&e, RC_NOMEM, "no memory for parameters");
    if (!rc && !service_now(s, r, &ret->catalog_now))
        rc = err_set(&e, RC_INPUT, "X-Svf-Sim-Now is no RFC 3339 time");
    if (!rc)
        rc = keep_text(r, &arena, p, ret, &e);
    if (!rc)
        rc = read_catalog_query(p, &ret->catalog_now, &ret->catalog_fields, &e);
    ret->catalog = !rc;
    ret->type = "application/x-ndjson; charset=UTF-8";
    if (rc)
        service_plain(ret, rc == RC_INPUT ? 400 : 500, "%s", e.msg);
    free(p);
    arena_fini(&arena);
}

/* ---- ledger and faults ---- */

static void answer_ledger(struct service *s, const struct request *r,
                          struct answer *ret)
{
    int64_t now;
    if (!service_now(s, r, &now)) {
        service_plain(ret, 400, "X-Svf-Sim-Now is no RFC 3339 time");
        return;
    }
    ret->type = TYPE_JSON;
    ledger_json(&s->ledger, r->now.p ? &now : NULL, &ret->body);
}

static void answer_faults(struct service *s, const struct request *r,
                          struct answer *ret)
{
    struct err e = ERR_INIT;
    ret->type = TYPE_JSON;
    if (str_eqz(r->verb, "DELETE")) {
        faults_clear(&s->faults);
    } else if (str_eqz(r->verb, "POST") &&
               faults_set(&s->faults, r->body, &e)) {
        service_plain(ret, 400, "%s", e.msg);
        return;
    }
    faults_json(&s->faults, &ret->body);
}

static const struct control {
    const char *path;
    const char *verbs; /* that it takes, as in Allow */
    void (*answer)(struct service *s, const struct request *r,
                   struct answer *ret);
} controls[] = {
    { "/_sim/ledger", "GET", answer_ledger },
    { "/_sim/catalog.ndjson", "GET", answer_catalog },
    { "/_sim/faults", "GET, POST, DELETE", answer_faults },
};

static bool takes(const struct control *c, struct str verb)
{
    struct str rest = str_of(c->verbs), one;
    while (str_split(&rest, ',', &one))
        if (str_eq(str_trim(one), verb))
            return true;
    return false;
}

bool control_answer(struct service *s, const struct request *r,
                    struct answer *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
        const struct control *c = &controls[i];
        if (!str_eqz(r->path, c->path))
            continue;
        if (takes(c, r->verb)) {
            c->answer(s, r, ret);
        } else {
            service_plain(ret, 405, "%s takes %s", c->path, c->verbs);
            ret->allow = c->verbs;
        }
        return true;
    }
    return false;
}
