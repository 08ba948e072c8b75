/*
 * net/net.c - the settings that all connections share: where the requests
 * go, and what proves who sends them.
 *
 * Rules
 *   1. plain http goes to loopback only; a name other than localhost is
 *      never taken for loopback, whatever it resolves to
 *   2. the key stands in one header line and in no message; an answer that
 *      quotes it is told with stars in its place
 *   3. a struct net does not change after net_open(): any thread may read it
 */
#include "net/net_priv.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct ctr net_ctr[] = {
#define CTR CTR_ROW
#include "net/counters.def"
#undef CTR
};
struct ctr_table net_counters = CTR_TABLE(net_ctr);

int net_global_init(struct err *e)
{
    /* OpenSSL writes with write(2), which raises it on a dead peer. */
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    if (sigaction(SIGPIPE, &ignore, NULL))
        return err_set(e, RC_IO, "cannot ignore SIGPIPE");
    CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (rc)
        return err_sys(e, RC_NOMEM, (int)rc, "libcurl does not start: %s",
                       curl_easy_strerror(rc));
    return RC_OK;
}

void net_global_fini(void)
{
    curl_global_cleanup();
}

bool net_is_clean(struct str s, bool blanks)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c > 0x7e || c < 0x20 || (c == ' ' && !blanks))
            return false;
    }
    return true;
}

static bool host_is_loopback(const char *host)
{
    struct in_addr v4;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

static void curl_text_free(char **p)
{
    curl_free(*p);
}

/* True when part @what is present in @u. */
static bool url_has(CURLU *u, CURLUPart what)
{
    AUTO(curl_text_free) char *part = NULL;
    return curl_url_get(u, what, &part, 0) == CURLUE_OK;
}

static int read_host(struct net *n, CURLU *u, struct err *e)
{
    AUTO(curl_text_free) char *scheme = NULL;
    AUTO(curl_text_free) char *host = NULL;
    if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
        curl_url_get(u, CURLUPART_HOST, &host, 0))
        return err_set(e, RC_CONFIG, "the API's url has no scheme or host");
    if (strlen(host) >= sizeof(n->host))
        return err_set(e, RC_CONFIG, "the API's host name is too long");
    memcpy(n->host, host, strlen(host) + 1);
    n->loopback = host_is_loopback(host);
    n->https = strcmp(scheme, "https") == 0;
    if (n->https)
        return RC_OK;
    if (strcmp(scheme, "http"))
        return err_set(e, RC_CONFIG, "the API's url must be https, not '%.20s'",
                       scheme);
    if (!n->loopback)
        return err_set(e, RC_CONFIG,
                       "plain http goes to loopback only, not to '%.60s'",
                       n->host);
    return RC_OK;
}

bool net_url_is_loopback(const char *url)
{
    AUTO(curl_text_free) char *host = NULL;
    CURLU *u = curl_url();
    bool is = u && !curl_url_set(u, CURLUPART_URL, url, 0) &&
              !curl_url_get(u, CURLUPART_HOST, &host, 0) &&
              host_is_loopback(host);
    curl_url_cleanup(u);
    return is;
}

static int take_base(struct net *n, CURLU *u, struct err *e)
{
    AUTO(curl_text_free) char *url = NULL;
    if (curl_url_get(u, CURLUPART_URL, &url, 0))
        return err_set(e, RC_NOMEM, "no memory for a url");
    size_t len = strlen(url);
    while (len && url[len - 1] == '/')
        len--;
    n->base = strndup(url, len);
    if (!n->base)
        return err_set(e, RC_NOMEM, "no memory for a url");
    return RC_OK;
}

static int parse_base(struct net *n, CURLU *u, const char *text, struct err *e)
{
    CURLUcode rc =
        curl_url_set(u, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
    if (rc)
        return err_set(e, RC_CONFIG, "cannot read the API's url: %s",
                       curl_url_strerror(rc));
    if (url_has(u, CURLUPART_USER) || url_has(u, CURLUPART_PASSWORD) ||
        url_has(u, CURLUPART_QUERY) || url_has(u, CURLUPART_FRAGMENT))
        return err_set(e, RC_CONFIG,
                       "the API's url may have no user, query or fragment");
    int bad = read_host(n, u, e);
    if (bad)
        return bad;
    return take_base(n, u, e);
}

static int read_base(struct net *n, const char *text, struct err *e)
{
    if (!text)
        return err_set(e, RC_CONFIG, "the API's url is missing");
    CURLU *u = curl_url();
    if (!u)
        return err_set(e, RC_NOMEM, "no memory for a url");
    int rc = parse_base(n, u, text, e);
    curl_url_cleanup(u);
    return rc;
}

/* Real keys have 39 characters. Shorter than this is a word, as a simulator
 * wants it: no secret, and hiding it would damage answers. */
enum { KEY_MIN = 16 };

static int take_key(struct net *n, const struct secret *key, struct err *e)
{
    static const char name[] = "x-goog-api-key: ";
    if (!key)
        return RC_OK;
    struct str k = str_n(key->bytes, strnlen(key->bytes, sizeof(key->bytes)));
    if (!k.n || k.n == sizeof(key->bytes) || !net_is_clean(k, false))
        return err_set(e, RC_CONFIG,
                       "the API key is empty or holds characters that no key "
                       "has");
    n->key_header = malloc(sizeof(name) + k.n);
    if (!n->key_header)
        return err_set(e, RC_NOMEM, "no memory for a header");
    memcpy(n->key_header, name, sizeof(name));
    memcpy(n->key_header + sizeof(name) - 1, k.p, k.n);
    n->key_header[sizeof(name) - 1 + k.n] = '\0';
    n->key = str_n(n->key_header + sizeof(name) - 1, k.n);
    return RC_OK;
}

void net_hide_key(const struct net *net, char *p, size_t n)
{
    struct str key = net->key;
    char *end = p + n;
    if (!n || key.n < KEY_MIN)
        return;
    while ((p = memmem(p, (size_t)(end - p), key.p, key.n))) {
        memset(p, '*', key.n);
        p += key.n; /* else a key of stars would be found for ever */
    }
}

static int take_agent(struct net *n, const char *agent, struct err *e)
{
    struct str a = str_of(agent);
    if (!a.n || a.n >= sizeof(n->user_agent) || !net_is_clean(a, true))
        return err_set(e, RC_CONFIG, "the user agent cannot be sent");
    memcpy(n->user_agent, a.p, a.n);
    return RC_OK;
}

int net_open(struct net **ret, const struct net_options *o, struct err *e)
{
    struct net *n = calloc(1, sizeof(*n));
    if (!n)
        return err_set(e, RC_NOMEM, "no memory for the network settings");
    n->connect_timeout = o->connect_timeout;
    n->total_timeout = o->total_timeout;
    n->body_max_bytes = o->body_max_bytes;
    int rc = read_base(n, o->base_url, e);
    if (!rc)
        rc = take_key(n, o->key, e);
    if (!rc)
        rc = take_agent(n, o->user_agent, e);
    if (rc) {
        net_close(n);
        return rc;
    }
    *ret = n;
    return RC_OK;
}

void net_close(struct net *n)
{
    if (!n)
        return;
    if (n->key_header)
        explicit_bzero(n->key_header, strlen(n->key_header));
    free(n->key_header);
    free(n->base);
    free(n);
}

bool net_is_loopback(const struct net *n)
{
    return n->loopback;
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           c == '~';
}

void net_query_put(struct buf *b, const char *name, struct str value)
{
    static const char hex[] = "0123456789ABCDEF";
    if (b->n)
        buf_c(b, '&');
    buf_z(b, name);
    buf_c(b, '=');
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if (is_unreserved(c)) {
            buf_c(b, (char)c);
            continue;
        }
        char esc[3] = { '%', hex[c >> 4], hex[c & 15] };
        buf_put(b, esc, sizeof(esc));
    }
}
