/*
 * miner/youtube_error.c - what a refusal of the API means.
 *
 * Rules
 *   1. the reason decides, not the HTTP status: 403 can be quota, rate, key
 *      or a closed channel
 *   2. but a limit "per day" is the daily quota under whatever reason: an
 *      exhausted search bucket says 429 rateLimitExceeded; and a limit "per
 *      minute" never is
 *   3. a word about the key counts wherever it stands: the reason is often
 *      just "badRequest", with API_KEY_INVALID in the details
 *   4. what is no JSON comes from something before the API (proxy, load
 *      balancer), so it says nothing about the question
 * Source: docs/sources.md#errors (2026-11-20).
 */
#include "miner/youtube_priv.h"

#include <string.h>

static const char *const class_names[YT_ERRORS] = {
    [YT_NETWORK] = "network", [YT_TIMEOUT] = "timeout", [YT_SERVER] = "server",
    [YT_RATE] = "rate",       [YT_QUOTA] = "quota",     [YT_KEY] = "key",
    [YT_REQUEST] = "request", [YT_GONE] = "gone",
};

const char *yt_class_name(enum yt_class c)
{
    return c < YT_ERRORS ? class_names[c] : "ok";
}

bool yt_class_passes(enum yt_class c)
{
    return c == YT_NETWORK || c == YT_TIMEOUT || c == YT_SERVER || c == YT_RATE;
}

/* clang-format off */
static const struct {
    const char *reason;
    enum yt_class class;
} reasons[] = {
    { "quotaExceeded",                    YT_QUOTA },
    { "dailyLimitExceeded",               YT_QUOTA },
    { "dailyLimitExceededUnreg",          YT_KEY },
    { "rateLimitExceeded",                YT_RATE },
    { "userRateLimitExceeded",            YT_RATE },
    { "servingLimitExceeded",             YT_RATE },
    { "RATE_LIMIT_EXCEEDED",              YT_RATE },
    { "internalError",                    YT_SERVER },
    { "backendError",                     YT_SERVER },
    { "notReady",                         YT_SERVER },
    { "processingFailure",                YT_SERVER },
    { "keyInvalid",                       YT_KEY },
    { "keyExpired",                       YT_KEY },
    { "accessNotConfigured",              YT_KEY },
    { "ipRefererBlocked",                 YT_KEY },
    { "API_KEY_INVALID",                  YT_KEY },
    { "API_KEY_EXPIRED",                  YT_KEY },
    { "API_KEY_SERVICE_BLOCKED",          YT_KEY },
    { "API_KEY_HTTP_REFERRER_BLOCKED",    YT_KEY },
    { "API_KEY_IP_ADDRESS_BLOCKED",       YT_KEY },
    { "API_KEY_ANDROID_APP_BLOCKED",      YT_KEY },
    { "API_KEY_IOS_APP_BLOCKED",          YT_KEY },
    { "SERVICE_DISABLED",                 YT_KEY },
    { "CONSUMER_INVALID",                 YT_KEY },
    { "CONSUMER_SUSPENDED",               YT_KEY },
    { "authorizationRequired",            YT_KEY },
    { "youtubeSignupRequired",            YT_KEY },
    { "invalidParameter",                 YT_REQUEST },
    { "missingRequiredParameter",         YT_REQUEST },
    { "unexpectedParameter",              YT_REQUEST },
    { "incompatibleParameters",           YT_REQUEST },
    { "invalidFilters",                   YT_REQUEST },
    { "invalidPageToken",                 YT_REQUEST },
    { "unknownPart",                      YT_REQUEST },
    { "invalidSearchFilter",              YT_REQUEST },
    { "invalidChannelId",                 YT_REQUEST },
    { "invalidRegionCode",                YT_REQUEST },
    { "videoChartNotFound",               YT_REQUEST },
    { "playlistNotFound",                 YT_GONE },
    { "videoNotFound",                    YT_GONE },
    { "channelNotFound",                  YT_GONE },
    { "channelClosed",                    YT_GONE },
    { "channelSuspended",                 YT_GONE },
    { "playlistItemsNotAccessible",       YT_GONE },
};
/* clang-format on */

/* YT_OK when the table does not have @reason. */
static enum yt_class class_of_reason(const char *reason)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (strcmp(reasons[i].reason, reason) == 0)
            return reasons[i].class;
    return YT_OK;
}

static enum yt_class class_of_status(int status)
{
    if (status == 401)
        return YT_KEY;
    if (status == 404 || status == 410)
        return YT_GONE;
    if (status == 408)
        return YT_TIMEOUT;
    if (status == 429)
        return YT_RATE;
    return status >= 400 && status < 500 ? YT_REQUEST : YT_SERVER;
}

enum yt_class yt_classify(int status, const struct decode_error *d)
{
    if (!d->is_json)
        return status == 429 ? YT_RATE : YT_SERVER;
    enum yt_class reason = class_of_reason(d->reason);
    enum yt_class detail = class_of_reason(d->detail);
    if (reason == YT_KEY || detail == YT_KEY)
        return YT_KEY;
    enum yt_class told = reason != YT_OK ? reason : detail;
    if (told == YT_OK && strcasestr(d->message, "unregistered callers"))
        return YT_KEY; /* 403 forbidden: no key at all */
    bool is_limit = told == YT_QUOTA || told == YT_RATE || status == 429;
    if (is_limit && d->per_day)
        return YT_QUOTA;
    if (told == YT_QUOTA && strcasestr(d->message, "per minute"))
        return YT_RATE;
    return told != YT_OK ? told : class_of_status(status);
}
