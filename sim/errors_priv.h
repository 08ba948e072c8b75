/* sim/errors_priv.h - the service's error answers. */
#ifndef SVF_SIM_ERRORS_PRIV_H
#define SVF_SIM_ERRORS_PRIV_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

/* What the body of an error says; texts are borrowed or literals. */
struct api_error {
    int http;
    const char *reason;        /* errors[0].reason, "quotaExceeded" */
    const char *domain;        /* errors[0].domain, "youtube.quota" */
    const char *location;      /* parameter or header; NULL = none */
    const char *location_type; /* "parameter", "other", "header" */
    const char *status;        /* "INVALID_ARGUMENT"; NULL = none */
    const char *detail;        /* details[0].reason; NULL = none */
    const char *metric;        /* quota metric of that detail, or NULL */
    const char *message_is;    /* a literal message; wins over message */
    char message[400];
};

/* The errors that several methods share. */
enum error_kind {
    ERROR_NO_KEY,
    ERROR_BAD_KEY,
    ERROR_QUOTA,
    ERROR_SEARCH_QUOTA,
    ERROR_PAGE_TOKEN,
    ERROR_PLAYLIST,
    ERROR_PLAYLIST_CLOSED,
    ERROR_CHART,
    ERROR_LOGIN,
    ERROR_OWNER_PART,
    ERROR_BACKEND
};

/* Fill @x and return RC_INPUT, so that `return error_set(…)` fails. */
int error_set(struct api_error *x, enum error_kind kind);
/* 400 about one parameter. */
int error_param(struct api_error *x, const char *reason, const char *location,
                const char *fmt, ...) PRINTF_LIKE(4, 5);
/* 400 about the parameters as a whole: "no filter selected". */
int error_filters(struct api_error *x, const char *reason, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* The error with this @reason and @http status, for faults; unknown reasons
 * get the domain "youtube". */
void error_of_reason(struct api_error *x, int http, const char *reason);
/* A fault inside this program: 500 backendError. */
int error_backend(struct api_error *x, const struct err *e);

/* Append the JSON body; @v2 leaves out `errors`, as $.xgafv=2 does. */
void error_body(const struct api_error *x, bool v2, struct buf *out);
/* The page of HTML that the edge sends for @http. */
void error_html(int http, struct buf *out);

#endif
