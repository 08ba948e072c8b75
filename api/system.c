/* api/system.c - status, health, metrics: answered from memory. */
#include "api/api_priv.h"

void route_status(struct api *a, const struct request *q, struct answer *r)
{
    struct jsonw w;
    (void)q;
    jsonw_init(&w, &r->body);
    jsonw_obj(&w);
    a->o.sources.status(a->o.sources.ctx, &w);
    jsonw_obj_end(&w);
}

/* Exactly five bytes when all is well: probes compare them. */
void route_health(struct api *a, const struct request *q, struct answer *r)
{
    (void)q;
    bool draining = atomic_load(&a->draining);
    r->type = "text/plain; charset=utf-8";
    r->status = draining ? 503 : 200;
    buf_z(&r->body, draining ? "draining" : "alive");
}

void route_metrics(struct api *a, const struct request *q, struct answer *r)
{
    (void)q;
    r->type = "text/plain; version=0.0.4; charset=utf-8";
    a->o.sources.metrics(a->o.sources.ctx, &r->body);
}
