/* api/problem.c - errors as RFC 9457 problem details. */
#include "api/api_priv.h"

static const char *title_of(int status)
{
    switch (status) {
    case 400:
        return "Bad request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not found";
    case 405:
        return "Method not allowed";
    case 406:
        return "Not acceptable";
    case 410:
        return "Gone";
    case 413:
        return "Content too large";
    case 414:
        return "URI too long";
    default:
        return "Internal error";
    }
}

static void put_parameter(struct jsonw *w, const struct search_problem *p)
{
    jsonw_key(w, "errors");
    jsonw_arr(w);
    jsonw_obj(w);
    jsonw_kz(w, "parameter", p->parameter);
    jsonw_kz(w, "reason", p->reason);
    jsonw_kz(w, "allowed", *p->allowed ? p->allowed : NULL);
    jsonw_obj_end(w);
    jsonw_arr_end(w);
}

void problem(const struct request *q, struct answer *r, int status,
             const char *code, const char *detail,
             const struct search_problem *parameter)
{
    struct jsonw w;
    char type[80];
    snprintf(type, sizeof(type), "/problems/%s", code);
    r->status = status;
    r->type = "application/problem+json";
    r->cache = CACHE_NEVER;
    r->etag[0] = '\0';
    r->link[0] = '\0';
    r->data_age_s = -1;
    buf_reset(&r->body);
    jsonw_init(&w, &r->body);
    jsonw_obj(&w);
    jsonw_kz(&w, "type", type);
    jsonw_kz(&w, "title", title_of(status));
    jsonw_ki64(&w, "status", status);
    jsonw_kz(&w, "detail", detail);
    jsonw_kstr(&w, "instance", q->path);
    jsonw_kz(&w, "code", code);
    if (parameter && *parameter->parameter)
        put_parameter(&w, parameter);
    jsonw_kz(&w, "requestId", q->id);
    jsonw_obj_end(&w);
    ctr_add(&api_ctr[CTR_api_problems_total], 1);
}
