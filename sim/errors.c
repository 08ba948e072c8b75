/*
 * sim/errors.c - the error bodies, shaped as the real service shapes them.
 *
 * Rules
 *   1. {"error":{code, message, errors:[…], status?, details?}}; the message
 *      may hold HTML, and clients branch on errors[0].reason
 *   2. an exhausted general bucket is 403 quotaExceeded; an exhausted search
 *      bucket is 429 rateLimitExceeded whose message says "per day"
 *
 * Source: public error bodies of 2019 to 2026 and the error pages of the
 * Data API; see docs/simulator.md.
 */
#include "sim/errors_priv.h"

#include "base/jsonw.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NOT_REGISTERED                                                         \
    "Method doesn't allow unregistered callers (callers without "              \
    "established identity). Please use API Key or other form of API "          \
    "consumer identity to call this API."
#define OVER_QUOTA                                                             \
    "The request cannot be completed because you have exceeded your "          \
    "<a href=\"/youtube/v3/getting-started#quota\">quota</a>."
#define SEARCH_OVER_QUOTA                                                      \
    "Quota exceeded for quota metric 'Search Queries' and limit 'Search "      \
    "Queries per day' of service 'youtube.googleapis.com' for consumer "       \
    "'project_number:0'."
#define NO_PLAYLIST                                                            \
    "The playlist identified with the request's <code><a "                     \
    "href=\"/youtube/v3/docs/playlistItems/list#playlistId\">playlistId</a>"   \
    "</code> parameter cannot be found."
#define CLOSED_PLAYLIST                                                        \
    "The request is not properly authorized to retrieve the specified "        \
    "playlist."
#define NO_CHART                                                               \
    "The requested video chart is not supported or is not available."

/* clang-format off */
static const struct api_error known[] = {
    [ERROR_NO_KEY] = { .http = 403, .reason = "forbidden", .domain = "global",
        .status = "PERMISSION_DENIED", .message_is = NOT_REGISTERED },
    [ERROR_BAD_KEY] = { .http = 400, .reason = "badRequest",
        .domain = "global", .status = "INVALID_ARGUMENT",
        .detail = "API_KEY_INVALID",
        .message_is = "API key not valid. Please pass a valid API key." },
    [ERROR_QUOTA] = { .http = 403, .reason = "quotaExceeded",
        .domain = "youtube.quota", .message_is = OVER_QUOTA },
    [ERROR_SEARCH_QUOTA] = { .http = 429, .reason = "rateLimitExceeded",
        .domain = "global", .status = "RESOURCE_EXHAUSTED",
        .detail = "RATE_LIMIT_EXCEEDED",
        .metric = "youtube.googleapis.com/search_list",
        .message_is = SEARCH_OVER_QUOTA },
    [ERROR_PAGE_TOKEN] = { .http = 400, .reason = "invalidPageToken",
        .domain = "youtube.parameter", .location = "pageToken",
        .location_type = "parameter", .status = "INVALID_ARGUMENT",
        .message_is = "The request specifies an invalid page token." },
    [ERROR_PLAYLIST] = { .http = 404, .reason = "playlistNotFound",
        .domain = "youtube.playlistItem", .location = "playlistId",
        .location_type = "parameter", .message_is = NO_PLAYLIST },
    [ERROR_PLAYLIST_CLOSED] = { .http = 403,
        .reason = "playlistItemsNotAccessible",
        .domain = "youtube.playlistItem", .location = "playlistId",
        .location_type = "parameter", .message_is = CLOSED_PLAYLIST },
    [ERROR_CHART] = { .http = 404, .reason = "videoChartNotFound",
        .domain = "youtube.video", .location = "chart",
        .location_type = "parameter", .message_is = NO_CHART },
    [ERROR_LOGIN] = { .http = 401, .reason = "authorizationRequired",
        .domain = "youtube.common", .location = "Authorization",
        .location_type = "header", .status = "UNAUTHENTICATED",
        .message_is = "The request uses a parameter that needs an "
                      "authorized user." },
    [ERROR_OWNER_PART] = { .http = 403, .reason = "forbidden",
        .domain = "youtube.common", .location = "part",
        .location_type = "parameter", .status = "PERMISSION_DENIED",
        .message_is = "The requested part is told to the owner only." },
    [ERROR_BACKEND] = { .http = 500, .reason = "backendError",
        .domain = "global", .status = "INTERNAL",
        .message_is = "Backend Error" },
};

/* Reasons that a fault may ask for, with their usual company. */
static const struct usual {
    const char *reason, *domain, *status, *message;
} usual[] = {
    { "quotaExceeded", "youtube.quota", NULL, OVER_QUOTA },
    { "dailyLimitExceeded", "usageLimits", NULL, "Daily Limit Exceeded" },
    { "rateLimitExceeded", "usageLimits", "RESOURCE_EXHAUSTED",
      "Quota exceeded for quota metric 'Queries' and limit 'Queries per "
      "minute' of service 'youtube.googleapis.com'." },
    { "userRateLimitExceeded", "usageLimits", NULL,
      "User Rate Limit Exceeded" },
    { "accessNotConfigured", "usageLimits", "PERMISSION_DENIED",
      "YouTube Data API v3 has not been used in project 0 before or it is "
      "disabled." },
    { "keyInvalid", "usageLimits", NULL, "Bad Request" },
    { "keyExpired", "usageLimits", NULL, "Bad Request" },
    { "backendError", "global", "INTERNAL", "Backend Error" },
    { "internalError", "global", "INTERNAL", "Internal error encountered." },
    { "processingFailure", "youtube.common", NULL, "Processing Failure" },
    { "playlistNotFound", "youtube.playlistItem", NULL, NO_PLAYLIST },
    { "playlistItemsNotAccessible", "youtube.playlistItem", NULL,
      CLOSED_PLAYLIST },
};
/* clang-format on */

/* ---- making ---- */

int error_set(struct api_error *x, enum error_kind kind)
{
    *x = known[kind];
    return RC_INPUT;
}

int error_param(struct api_error *x, const char *reason, const char *location,
                const char *fmt, ...)
{
    *x = (struct api_error){ .http = 400,
                             .reason = reason,
                             .domain = "youtube.parameter",
                             .location = location,
                             .location_type = "parameter",
                             .status = "INVALID_ARGUMENT" };
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(x->message, sizeof(x->message), fmt, ap);
    va_end(ap);
    return RC_INPUT;
}

int error_filters(struct api_error *x, const char *reason, const char *fmt, ...)
{
    *x = (struct api_error){ .http = 400,
                             .reason = reason,
                             .domain = "youtube.parameter",
                             .location = "parameters.",
                             .location_type = "other",
                             .status = "INVALID_ARGUMENT" };
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(x->message, sizeof(x->message), fmt, ap);
    va_end(ap);
    return RC_INPUT;
}

void error_of_reason(struct api_error *x, int http, const char *reason)
{
    *x = (struct api_error){ .http = http,
                             .reason = reason,
                             .domain = "youtube",
                             .message_is = "The request failed." };
    for (size_t i = 0; i < ARRAY_LEN(usual); i++) {
        if (strcmp(usual[i].reason, reason) != 0)
            continue;
        x->domain = usual[i].domain;
        x->status = usual[i].status;
        x->message_is = usual[i].message;
    }
}

int error_backend(struct api_error *x, const struct err *e)
{
    error_set(x, ERROR_BACKEND);
    x->message_is = NULL;
    snprintf(x->message, sizeof(x->message), "Backend Error: %s", e->msg);
    return RC_INPUT;
}

/* ---- bodies ---- */

static const char *message_of(const struct api_error *x)
{
    return x->message_is ? x->message_is : x->message;
}

static void put_errors(const struct api_error *x, struct jsonw *w)
{
    jsonw_key(w, "errors");
    jsonw_arr(w);
    jsonw_obj(w);
    jsonw_kz(w, "message", message_of(x));
    jsonw_kz(w, "domain", x->domain);
    jsonw_kz(w, "reason", x->reason);
    if (x->location) {
        jsonw_kz(w, "location", x->location);
        jsonw_kz(w, "locationType", x->location_type);
    }
    jsonw_obj_end(w);
    jsonw_arr_end(w);
}

static void put_details(const struct api_error *x, struct jsonw *w)
{
    jsonw_key(w, "details");
    jsonw_arr(w);
    jsonw_obj(w);
    jsonw_kz(w, "@type", "type.googleapis.com/google.rpc.ErrorInfo");
    jsonw_kz(w, "reason", x->detail);
    jsonw_kz(w, "domain", "googleapis.com");
    jsonw_key(w, "metadata");
    jsonw_obj(w);
    jsonw_kz(w, "service", "youtube.googleapis.com");
    if (x->metric) {
        jsonw_kz(w, "quota_metric", x->metric);
        jsonw_kz(w, "quota_limit", "SearchListPerDayPerProject");
        jsonw_kz(w, "consumer", "projects/0");
    }
    jsonw_obj_end(w);
    jsonw_obj_end(w);
    jsonw_arr_end(w);
}

void error_body(const struct api_error *x, bool v2, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_obj(&w);
    jsonw_key(&w, "error");
    jsonw_obj(&w);
    jsonw_ki64(&w, "code", x->http);
    jsonw_kz(&w, "message", message_of(x));
    if (!v2)
        put_errors(x, &w);
    if (x->status)
        jsonw_kz(&w, "status", x->status);
    if (x->detail)
        put_details(x, &w);
    jsonw_obj_end(&w);
    jsonw_obj_end(&w);
}

void error_html(int http, struct buf *out)
{
    buf_f(out,
          "<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n"
          "<title>Error %d</title>\n<p><b>%d.</b> <ins>That's an "
          "error.</ins>\n<p>%s <ins>That's all we know.</ins>\n",
          http, http,
          http == 404 ? "The requested URL was not found on this server."
                      : "The server encountered a temporary error and could "
                        "not complete your request.");
}
