/*
 * tests/schema/decode_error_test.c - bodies of refused requests, in every
 * form that the API and what stands before it send.
 */
#include "schema/schema.h"
#include "tests/t.h"

#include <stdio.h>

static const struct {
    const char *name;
    const char *body; /* ' stands for " */
    struct decode_error want;
} rows[] = {
    { "quota, with a link in the message",
      "{'error':{'code':403,'message':'The request cannot be completed "
      "because you have exceeded your <a href=\\'/q\\'>quota</a>.',"
      "'errors':[{'message':'m','domain':'youtube.quota',"
      "'reason':'quotaExceeded'}]}}",
      { .code = 403,
        .reason = "quotaExceeded",
        .message = "The request cannot be completed because you have "
                   "exceeded your quota.",
        .is_json = true } },
    { "search bucket exhausted: 429 that names the day",
      "{'error':{'code':429,'message':'Quota exceeded for quota metric "
      "\\u0027Search Queries\\u0027 and limit \\u0027Search Queries per "
      "day\\u0027','errors':[{'reason':'rateLimitExceeded'}],"
      "'status':'RESOURCE_EXHAUSTED'}}",
      { .code = 429,
        .reason = "rateLimitExceeded",
        .status = "RESOURCE_EXHAUSTED",
        .message = "Quota exceeded for quota metric 'Search Queries' and "
                   "limit 'Search Queries per day'",
        .per_day = true,
        .is_json = true } },
    { "the minute's limit is not the day's",
      "{'error':{'code':429,'message':'limit Queries per minute',"
      "'details':[{'@type':'type.googleapis.com/google.rpc.ErrorInfo',"
      "'reason':'RATE_LIMIT_EXCEEDED','metadata':{'quota_limit':"
      "'defaultPerMinutePerProject'}}]}}",
      { .code = 429,
        .reason = "RATE_LIMIT_EXCEEDED",
        .detail = "RATE_LIMIT_EXCEEDED",
        .message = "limit Queries per minute",
        .is_json = true } },
    { "the day is named in the details only",
      "{'error':{'code':429,'message':'m','details':[{'reason':'R'},"
      "{'metadata':{'quota_limit':'defaultPerDayPerProject'}}]}}",
      { .code = 429,
        .reason = "R",
        .detail = "R",
        .message = "m",
        .per_day = true,
        .is_json = true } },
    { "the day is named in the debug text only",
      "{'error':{'code':403,'message':'m','errors':[{'reason':"
      "'quotaExceeded','debugInfo':'Code: 8; limit=defaultPerDayPerProject "
      "INSUFFICIENT_TOKENS'}]}}",
      { .code = 403,
        .reason = "quotaExceeded",
        .message = "m",
        .per_day = true,
        .is_json = true } },
    { "a bad key: the sharper reason is in the details",
      "{'error':{'code':400,'message':'API key not valid. Please pass a "
      "valid API key.','errors':[{'reason':'badRequest'}],'status':"
      "'INVALID_ARGUMENT','details':[{'reason':'API_KEY_INVALID'}]}}",
      { .code = 400,
        .reason = "badRequest",
        .detail = "API_KEY_INVALID",
        .status = "INVALID_ARGUMENT",
        .message = "API key not valid. Please pass a valid API key.",
        .is_json = true } },
    { "a service that is switched off",
      "{'error':{'code':403,'message':'m','errors':[{'reason':"
      "'accessNotConfigured'}],'details':[{'reason':'SERVICE_DISABLED'}]}}",
      { .code = 403,
        .reason = "accessNotConfigured",
        .detail = "SERVICE_DISABLED",
        .message = "m",
        .is_json = true } },
    { "a playlist that is gone, with code in the message",
      "{'error':{'code':404,'message':'The playlist identified with the "
      "request\\u0027s <code>playlistId</code> parameter cannot be "
      "found.','errors':[{'domain':'youtube.playlistItem','reason':"
      "'playlistNotFound','location':'playlistId'}]}}",
      { .code = 404,
        .reason = "playlistNotFound",
        .message = "The playlist identified with the request's playlistId "
                   "parameter cannot be found.",
        .is_json = true } },
    { "items that must not be seen",
      "{'error':{'code':403,'errors':[{'reason':"
      "'playlistItemsNotAccessible','message':'Not yours'}]}}",
      { .code = 403,
        .reason = "playlistItemsNotAccessible",
        .message = "Not yours",
        .is_json = true } },
    { "no list of errors",
      "{'error':{'code':500,'message':'m','status':'INTERNAL'}}",
      { .code = 500, .status = "INTERNAL", .message = "m", .is_json = true } },
    { "the second entry has the reason",
      "{'error':{'errors':[{},{'reason':'r'}]}}",
      { .reason = "r", .is_json = true } },
    { "an error that is a sentence",
      "{'error':'error message'}",
      { .message = "error message", .is_json = true } },
    { "an error that is a word, with a description",
      "{'error':'invalid_grant','error_description':'Bad Request'}",
      { .reason = "invalid_grant",
        .message = "Bad Request",
        .is_json = true } },
    { "an error inside an array",
      "[{'error':{'code':404,'message':'m'}}]",
      { .code = 404, .message = "m", .is_json = true } },
    { "an error without its outer object",
      "{'code':401,'message':'m','status':'UNAUTHENTICATED'}",
      { .code = 401,
        .status = "UNAUTHENTICATED",
        .message = "m",
        .is_json = true } },
    { "the code as a text",
      "{'error':{'code':'503'}}",
      { .code = 503, .is_json = true } },
    { "a code beyond all codes",
      "{'error':{'code':4294967699}}",
      { .code = 0, .is_json = true } },
    { "everything of another type",
      "{'error':{'code':[],'message':7,'errors':{'reason':1},'status':null,"
      "'details':'x'}}",
      { .is_json = true } },
    { "an empty object", "{}", { .is_json = true } },
    { "an empty array", "[]", { .is_json = true } },
    { "nothing", "", { .code = 0 } },
    { "HTML of an edge",
      "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title>"
      "<style>*{margin:0}</style><p><b>404.</b> <ins>That&rsquo;s&#39;an "
      "error.</ins>",
      { .message = "Error 404 (Not Found)!!1 404. That&rsquo;s'an error." } },
    { "HTML of a gateway",
      "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>",
      { .message = "502 Bad Gateway" } },
    { "plain text",
      "upstream timed out\n",
      { .message = "upstream timed "
                   "out" } },
    { "plain text that names the day",
      "Queries Per Day: none left",
      { .message = "Queries Per Day: none left", .per_day = true } },
    { "cut JSON is shown as it is",
      "{'error':{'code':40",
      { .message = "{\"error\":{\"code\":40" } },
    { "bytes that are no text", "\xff\xfe", { .message = "?\?" } },
    { "a reason of control characters",
      "{'error':{'errors':[{'reason':'a\\u0000b\\u001bc'}]}}",
      { .reason = "a b c", .is_json = true } },
};

static struct str body_of(const char *quoted, char *out)
{
    size_t n = 0;
    for (const char *p = quoted; *p; p++)
        out[n++] = *p == '\'' ? '"' : *p;
    return str_n(out, n);
}

START_TEST(bodies)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char body[1000];
        struct decode_error d;
        struct decode_error want = rows[i].want;
        memset(&d, 0xee, sizeof(d));
        decode_error(body_of(rows[i].body, body), &d);
        T_I64(rows[i].name, d.code, want.code);
        T_STR(rows[i].name, str_of(d.reason), want.reason);
        T_STR(rows[i].name, str_of(d.detail), want.detail);
        T_STR(rows[i].name, str_of(d.status), want.status);
        T_STR(rows[i].name, str_of(d.message), want.message);
        T_U64(rows[i].name, d.per_day, want.per_day);
        T_U64(rows[i].name, d.is_json, want.is_json);
    }
}
END_TEST

START_TEST(long_texts_are_cut_after_the_search_for_the_day)
{
    char body[1000];
    struct decode_error d;
    size_t n = (size_t)snprintf(body, sizeof(body),
                                "{\"error\":{\"message\":\"%0300d per "
                                "day\",\"status\":\"%0100d\"}}",
                                7, 7);
    decode_error(str_n(body, n), &d);
    T_U64("message", strlen(d.message), sizeof(d.message) - 1);
    T_U64("status", strlen(d.status), sizeof(d.status) - 1);
    T_TRUE("the day is still seen", d.per_day);
}
END_TEST

T_SUITE("schema decode_error", 30, bodies,
        long_texts_are_cut_after_the_search_for_the_day)
