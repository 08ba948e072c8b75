/* tests/api/listen_test.c - addresses to listen on. */
#include "api/api_priv.h"
#include "tests/t.h"

#include <sys/socket.h>
#include <unistd.h>

static const struct {
    const char *name, *text;
    int rc;
    uint16_t port;
    bool v6;
} table[] = {
    { "IPv4", "127.0.0.1:8080", RC_OK, 8080, false },
    { "a free port", "127.0.0.1:0", RC_OK, 0, false },
    { "localhost", "localhost:1", RC_OK, 1, false },
    { "every address", ":8080", RC_OK, 8080, false },
    { "IPv6", "[::1]:65535", RC_OK, 65535, true },
    { "no port", "127.0.0.1", RC_CONFIG, 0, false },
    { "an empty port", "127.0.0.1:", RC_CONFIG, 0, false },
    { "a port too large", "127.0.0.1:65536", RC_CONFIG, 0, false },
    { "a name", "example.org:80", RC_CONFIG, 0, false },
    { "nonsense", "nonsense", RC_CONFIG, 0, false },
    { "nothing", "", RC_CONFIG, 0, false },
};

START_TEST(rows_hold)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct listen_address l;
        struct err e = ERR_INIT;
        int rc = listen_parse(table[i].text, &l, &e);
        T_RC(table[i].name, rc, table[i].rc, &e);
        if (rc)
            continue;
        T_U64(table[i].name, l.port, table[i].port);
        T_TRUE(table[i].name, l.v6 == table[i].v6);
    }
}
END_TEST

/* The daemons share their port; another process must not slip in beside. */
START_TEST(a_shared_port_is_in_use)
{
    struct listen_address l;
    struct err e = ERR_INIT;
    int on = 1;
    T_OK(listen_parse("127.0.0.1:0", &l, &e), &e);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    ck_assert_int_eq(
        bind(fd, (const struct sockaddr *)(const void *)&l.addr, l.len), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    struct sockaddr_storage got;
    socklen_t len = sizeof(got);
    getsockname(fd, (struct sockaddr *)(void *)&got, &len);
    l.addr = got;
    l.port = 1;
    T_RC("taken", listen_probe(&l, &e), RC_EXISTS, &e);
    close(fd);
    T_RC("free again", listen_probe(&l, &e), RC_OK, &e);
}
END_TEST

T_SUITE("api.listen", 10, rows_hold, a_shared_port_is_in_use)
