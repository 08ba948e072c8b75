/* tests/net/open_test.c - which urls, keys and queries are accepted. */
#include "base/num.h"
#include "net/net_priv.h"
#include "tests/t.h"

#include <stdio.h>

static const struct {
    const char *name;
    const char *url;
    int rc;
    bool loopback;
} urls[] = {
    /* clang-format off */
    { "the real service", "https://www.googleapis.com/youtube/v3", RC_OK, false },
    { "the simulator", "http://127.0.0.1:8089/youtube/v3", RC_OK, true },
    { "a trailing slash", "http://127.0.0.1:8089/youtube/v3/", RC_OK, true },
    { "localhost by name", "http://localhost:8089", RC_OK, true },
    { "localhost in capitals", "http://LOCALHOST:8089", RC_OK, true },
    { "IPv6 loopback", "http://[::1]:8089/youtube/v3", RC_OK, true },
    { "the end of 127/8", "http://127.255.255.254/", RC_OK, true },
    { "loopback over TLS", "https://127.0.0.1/", RC_OK, true },
    { "plain http to the world", "http://www.googleapis.com/youtube/v3", RC_CONFIG, false },
    { "plain http to 126/8", "http://126.255.255.255/", RC_CONFIG, false },
    { "plain http to 128/8", "http://128.0.0.1/", RC_CONFIG, false },
    { "plain http to a name that begins like loopback", "http://127.0.0.1.evil.example/", RC_CONFIG, false },
    { "plain http to a name that ends like localhost", "http://evil.localhost.example/", RC_CONFIG, false },
    { "plain http to any address", "http://0.0.0.0/", RC_CONFIG, false },
    { "plain http to another IPv6 host", "http://[::2]/", RC_CONFIG, false },
    { "another protocol", "ftp://127.0.0.1/", RC_CONFIG, false },
    { "a file", "file:///etc/passwd", RC_CONFIG, false },
    { "a user in the url", "https://u@www.googleapis.com/", RC_CONFIG, false },
    { "a key in the url", "https://www.googleapis.com/youtube/v3?key=x", RC_CONFIG, false },
    { "a fragment in the url", "https://www.googleapis.com/#x", RC_CONFIG, false },
    { "a line end in the url", "http://127.0.0.1/\r\nX: y", RC_CONFIG, false },
    { "no scheme", "www.googleapis.com/youtube/v3", RC_CONFIG, false },
    { "nothing", "", RC_CONFIG, false },
    /* clang-format on */
};

START_TEST(urls_are_accepted_or_refused)
{
    struct err e = ERR_INIT;
    T_OK(net_global_init(&e), &e);
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct net_options o = NET_OPTIONS_INIT;
        o.base_url = urls[i].url;
        struct net *n = NULL;
        T_RC(urls[i].name, net_open(&n, &o, &e), urls[i].rc, &e);
        if (n)
            T_TRUE(urls[i].name, net_is_loopback(n) == urls[i].loopback);
        net_close(n);
    }
    net_global_fini();
}
END_TEST

START_TEST(only_the_host_makes_a_url_loopback)
{
    static const struct {
        const char *url;
        bool is;
    } rows[] = {
        { "http://127.0.0.1:8089/youtube/v3", true },
        { "https://127.9.9.9/", true },
        { "http://localhost/", true },
        { "http://[::1]:80/", true },
        { "http://127.0.0.1.example.com/", false },
        { "http://127.example.com/", false },
        { "http://localhost:8089@example.com/", false },
        { "http://localhost.example.com/", false },
        { "https://www.googleapis.com/youtube/v3", false },
        { "localhost", false },
        { "", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        T_TRUE(rows[i].url, net_url_is_loopback(rows[i].url) == rows[i].is);
}
END_TEST

START_TEST(keys_are_accepted_or_refused_without_being_told)
{
    static const struct {
        const char *name;
        const char *key;
        int rc;
    } rows[] = {
        { "a key as Google makes them", "AIzaSyD-abc_123", RC_OK },
        { "an empty key", "", RC_CONFIG },
        { "a key with its file's line end", "AIzaSecret\n", RC_CONFIG },
        { "a key with a header behind it", "AIzaSecret\r\nX: y", RC_CONFIG },
        { "a key with a blank", "AIza Secret", RC_CONFIG },
    };
    struct err e = ERR_INIT;
    T_OK(net_global_init(&e), &e);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct secret key;
        snprintf(key.bytes, sizeof(key.bytes), "%s", rows[i].key);
        struct net_options o = NET_OPTIONS_INIT;
        o.base_url = "http://127.0.0.1:1";
        o.key = &key;
        struct net *n = NULL;
        T_RC(rows[i].name, net_open(&n, &o, &e), rows[i].rc, &e);
        T_TRUE(rows[i].name, !strstr(e.msg, "Secret"));
        net_close(n);
    }
    net_global_fini();
}
END_TEST

START_TEST(a_key_without_an_end_is_refused)
{
    struct err e = ERR_INIT;
    struct secret key;
    struct net *n = NULL;
    memset(key.bytes, 'x', sizeof(key.bytes));
    T_OK(net_global_init(&e), &e);
    struct net_options o = NET_OPTIONS_INIT;
    o.base_url = "http://127.0.0.1:1";
    o.key = &key;
    T_RC("256 bytes", net_open(&n, &o, &e), RC_CONFIG, &e);
    key.bytes[sizeof(key.bytes) - 1] = '\0';
    T_RC("255 bytes", net_open(&n, &o, &e), RC_OK, &e);
    net_close(n);
    net_global_fini();
}
END_TEST

/* As someone writes who copies a key that was blotted out. */
START_TEST(a_key_of_stars_is_hidden_once)
{
    struct secret key = { .bytes = "********************" };
    struct net *n;
    struct err e = ERR_INIT;
    char text[] = "a ******************** b";
    T_OK(net_global_init(&e), &e);
    struct net_options o = NET_OPTIONS_INIT;
    o.base_url = "http://127.0.0.1:1";
    o.key = &key;
    T_OK(net_open(&n, &o, &e), &e);
    net_hide_key(n, text, sizeof(text) - 1);
    T_STR("text", str_of(text), "a ******************** b");
    net_close(n);
    net_global_fini();
}
END_TEST

START_TEST(queries_are_encoded)
{
    struct buf b = BUF_INIT(1000);
    net_query_put(&b, "part", STR("snippet,statistics"));
    net_query_put(&b, "id", STR("-_.~aZ09"));
    net_query_put(&b, "q", STR("a b&c=d\r\n%\xc3\xa9"));
    net_query_put(&b, "empty", STR(""));
    T_STR("query", buf_view(&b),
          "part=snippet%2Cstatistics&id=-_.~aZ09&q=a%20b%26c%3Dd%0D%0A%25%C3%A9"
          "&empty=");
    buf_fini(&b);
}
END_TEST

T_SUITE("net.open", 20, urls_are_accepted_or_refused,
        only_the_host_makes_a_url_loopback,
        keys_are_accepted_or_refused_without_being_told,
        a_key_without_an_end_is_refused, a_key_of_stars_is_hidden_once,
        queries_are_encoded)
