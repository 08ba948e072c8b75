/*
 * api/page.c - the page: files of api/web/, embedded at build time, or read
 * from --web-dir while they are being developed.
 *
 * Rules
 *   1. only the names of the embedded list are served, also from a folder
 *   2. the ETag is the hash of the bytes
 */
#include "api/api_priv.h"

#include "api/web_files.h"
#include "base/digest.h"
#include "base/file.h"

static const struct web_file *find(struct str path)
{
    if (str_eqz(path, "/"))
        path = STR("/index.html");
    for (size_t i = 0; i < web_n_files; i++)
        if (str_eqz(path, web_files[i].path))
            return &web_files[i];
    return NULL;
}

static int take(const struct api *a, const struct web_file *f, struct buf *out,
                struct err *e)
{
    char path[600];
    if (!a->o.web_dir) {
        buf_put(out, f->bytes, f->n);
        return RC_OK;
    }
    snprintf(path, sizeof(path), "%s%s", a->o.web_dir, f->path);
    return file_read_all(path, out, e);
}

void route_page(struct api *a, const struct request *q, struct answer *r)
{
    struct err e = ERR_INIT;
    const struct web_file *f = find(q->path);
    if (!f) {
        problem(q, r, 404, "not-found",
                "there is nothing at this address; the API begins at "
                "/api/v1/videos",
                NULL);
        return;
    }
    if (take(a, f, &r->body, &e)) {
        problem(q, r, 500, "internal", e.msg, NULL);
        return;
    }
    r->type = f->type;
    r->cache = CACHE_PAGE;
    snprintf(r->etag, sizeof(r->etag), "W/\"%016" PRIx64 "\"",
             digest_mix(digest_bytes(DIGEST_INIT, r->body.p, r->body.n)));
}
