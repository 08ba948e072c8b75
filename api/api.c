/*
 * api/api.c - opens and closes the service; answers without a socket.
 */
#include "api/api_priv.h"

#include <stdlib.h>

int api_open(struct api **ret, const struct api_options *o, struct err *e)
{
    struct api *a = calloc(1, sizeof(*a));
    if (!a)
        return err_set(e, RC_NOMEM, "no memory for the server");
    a->o = *o;
    a->landed_fd = -1;
    snprintf(a->listen, sizeof(a->listen), "%s", o->listen);
    a->o.listen = a->listen;
    if (!a->o.cors_origins)
        a->o.cors_origins = "";
    a->boot = (uint64_t)clk_mono(o->clk).us;
    a->n_loops = (size_t)(o->threads > 0 ? o->threads : thr_cpus());
    int rc = loops_open(a, e);
    if (rc) {
        api_close(a);
        return rc;
    }
    *ret = a;
    return RC_OK;
}

int api_listen_check(const char *listen, struct err *e)
{
    struct listen_address l;
    return listen_parse(listen, &l, e);
}

const char *api_url(const struct api *a)
{
    return a->url;
}

void api_stop(struct api *a, dur_t grace)
{
    atomic_store(&a->draining, true);
    loops_drain(a, grace);
}

void api_close(struct api *a)
{
    if (!a)
        return;
    loops_close(a);
    free(a);
}

int api_answer(struct api *a, const char *method, const char *uri,
               struct api_answer *ret, struct err *e)
{
    struct request q = { .loopback = true };
    struct answer r;
    request_init(a, &q);
    answer_init(&r);
    route_answer(a, method, uri, &q, &r);
    ret->status = r.status;
    snprintf(ret->content_type, sizeof(ret->content_type), "%s", r.type);
    snprintf(ret->etag, sizeof(ret->etag), "%s", r.etag);
    buf_reset(&ret->body);
    buf_str(&ret->body, buf_view(&r.body));
    buf_fini(&r.body);
    return buf_check(&ret->body, "the answer", e);
}
