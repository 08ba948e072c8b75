/*
 * sim/pieces.c - what several answers share: id lists, page frames,
 * thumbnails, and facts that no record holds.
 *
 * Threads: pure functions.
 */
#include "sim/service_priv.h"

#include "base/rnd.h"

#include <stdio.h>
#include <string.h>

/* ---- what was asked ---- */

static int take_list(const struct ask *a, const char *name, struct str *ret,
                     size_t *n, struct api_error *x)
{
    *n = params_list(a->params, name, ret, SERVICE_IDS_MAX);
    if (*n > SERVICE_IDS_MAX)
        return error_param(x, "invalidParameter", name,
                           "Invalid value: %zu ids. At most %d ids may be "
                           "asked for in one request.",
                           *n, SERVICE_IDS_MAX);
    return RC_OK;
}

int piece_video_ids(const struct ask *a, uint64_t *ret, size_t *n,
                    struct api_error *x)
{
    struct str text[SERVICE_IDS_MAX];
    size_t asked, kept = 0;
    int rc = take_list(a, "id", text, &asked, x);
    for (size_t i = 0; !rc && i < asked; i++) {
        size_t k = 0;
        if (vid_parse(text[i], &ret[kept], NULL))
            continue;
        while (ret[k] != ret[kept])
            k++;
        kept += k == kept;
    }
    *n = kept;
    return rc;
}

int piece_channel_ids(const struct ask *a, struct cid *ret, size_t *n,
                      struct api_error *x)
{
    struct str text[SERVICE_IDS_MAX];
    size_t asked, kept = 0;
    int rc = take_list(a, "id", text, &asked, x);
    for (size_t i = 0; !rc && i < asked; i++) {
        size_t k = 0;
        if (cid_parse(text[i], &ret[kept], NULL))
            continue;
        while (!cid_eq(ret[k], ret[kept]))
            k++;
        kept += k == kept;
    }
    *n = kept;
    return rc;
}

bool piece_wants(const struct ask *a, const char *part, const char *key)
{
    if (!a->fields)
        return true;
    uint16_t at = fields_below(a->fields, 0, STR("items"));
    at = fields_below(a->fields, at, str_of(part));
    return fields_below(a->fields, at, str_of(key)) != FIELDS_NONE;
}

/* ---- frames ---- */

void piece_page_info(struct out *o, uint64_t total, uint64_t per_page)
{
    if (!out_obj(o, "pageInfo"))
        return;
    out_u64(o, "totalResults", total);
    out_u64(o, "resultsPerPage", per_page);
    out_end(o);
}

void piece_page_token(struct out *o, const char *key, struct token t,
                      uint64_t list)
{
    char text[TOKEN_TEXT];
    if (out_wants(o, key))
        out_z(o, key, token_text(t, list, text));
}

/* ---- pictures ---- */

static const struct picture {
    const char *key, *file;
    uint32_t width, height;
} pictures[PIECE_LARGE] = {
    { "default", "default.jpg", 120, 90 },
    { "medium", "mqdefault.jpg", 320, 180 },
    { "high", "hqdefault.jpg", 480, 360 },
    { "standard", "sddefault.jpg", 640, 480 },
    { "maxres", "maxresdefault.jpg", 1280, 720 },
};

static void put_picture(struct out *o, const char *key, const char *url,
                        uint32_t width, uint32_t height)
{
    if (!out_obj(o, key))
        return;
    out_z(o, "url", url);
    out_u64(o, "width", width);
    out_u64(o, "height", height);
    out_end(o);
}

void piece_thumbnails(struct out *o, uint64_t id, enum piece_sizes sizes)
{
    if (!out_obj(o, "thumbnails"))
        return;
    char text[VID_TEXT], url[80];
    vid_text(id, text);
    int n = sizes == PIECE_LARGE && piece_fact(id, FACT_LARGE) % 6
                ? PIECE_LARGE
                : PIECE_SMALL;
    for (int i = 0; i < n; i++) {
        const struct picture *p = &pictures[i];
        snprintf(url, sizeof(url), "https://i.ytimg.com/vi/%s/%s", text,
                 p->file);
        put_picture(o, p->key, url, p->width, p->height);
    }
    out_end(o);
}

void piece_channel_thumbnails(struct out *o, struct cid id)
{
    static const uint32_t sides[] = { 88, 240, 800 };
    if (!out_obj(o, "thumbnails"))
        return;
    char text[CID_TEXT], url[80];
    cid_text(id, text);
    for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
        snprintf(url, sizeof(url), "https://yt3.ggpht.com/%s=s%u", text,
                 sides[i]);
        put_picture(o, pictures[i].key, url, sides[i], sides[i]);
    }
    out_end(o);
}

/* ---- names and facts ---- */

void piece_uploads_id(struct cid id, char out[static CID_TEXT])
{
    cid_text(id, out);
    out[1] = 'U';
}

bool piece_uploads_of(struct str playlist, struct cid *ret)
{
    char text[CID_TEXT];
    if (playlist.n != CID_TEXT - 1 || !str_starts(playlist, STR("UU")))
        return false;
    memcpy(text, playlist.p, playlist.n);
    text[1] = 'C';
    return cid_parse(str_n(text, playlist.n), ret, NULL) == RC_OK;
}

void piece_duration(struct out *o, const char *key, const struct video *v)
{
    bool unknown_length = VIDEO_HAS(v, live) &&
                          (v->live == LIVE_LIVE || v->live == LIVE_UPCOMING);
    if (VIDEO_HAS(v, duration)) {
        struct buf b = BUF_INIT(64);
        duration_put_iso(&b, v->duration);
        out_str(o, key, buf_view(&b));
        buf_fini(&b);
    } else if (unknown_length) {
        out_z(o, key, "P0D");
    }
}

uint64_t piece_fact(uint64_t id, uint64_t what)
{
    return rnd_mix(rnd_mix(what) ^ id);
}

bool piece_is_hd(uint64_t id)
{
    return piece_fact(id, FACT_HD) % 10 != 0;
}

bool piece_has_caption(uint64_t id)
{
    return piece_fact(id, FACT_CAPTION) % 7 == 0;
}

bool piece_is_commons(uint64_t id)
{
    return piece_fact(id, FACT_COMMONS) % 33 == 0;
}
