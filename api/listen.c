/*
 * api/listen.c - addresses to listen on.
 *
 * Rules
 *   1. "host:port" with a numeric host, "[v6]:port", "localhost:port", ":port"
 *   2. the port is probed without SO_REUSEPORT first: the daemons share it
 *      among themselves, but never with another process
 */
#include "api/api_priv.h"

#include "base/num.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static int bad(struct err *e, const char *text)
{
    return err_set(e, RC_CONFIG,
                   "'%.60s' is not an address such as 127.0.0.1:8080 or "
                   "[::1]:8080",
                   text);
}

static bool fill(struct listen_address *l)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&l->addr;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&l->addr;
    const char *host = l->host;
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    if (!*host)
        host = "0.0.0.0";
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(l->port);
        l->len = sizeof(*v4);
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(l->port);
    l->len = sizeof(*v6);
    l->v6 = true;
    return true;
}

int listen_parse(const char *text, struct listen_address *ret, struct err *e)
{
    struct listen_address l = { .port = 0 };
    const char *colon = strrchr(text, ':');
    uint64_t port;
    if (!colon || num_u64(str_of(colon + 1), &port, NULL) || port > 65535)
        return bad(e, text);
    struct str host = str_n(text, (size_t)(colon - text));
    if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_n(host.p + 1, host.n - 2);
    if (host.n >= sizeof(l.host))
        return bad(e, text);
    snprintf(l.host, sizeof(l.host), "%.*s", STR_ARG(host));
    l.port = (uint16_t)port;
    if (!fill(&l))
        return bad(e, text);
    *ret = l;
    return RC_OK;
}

void listen_set_port(struct listen_address *l, uint16_t port)
{
    l->port = port;
    (void)fill(l);
}

int listen_probe(const struct listen_address *l, struct err *e)
{
    int on = 1;
    if (!l->port)
        return RC_OK;
    int fd = socket(l->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_sys(e, RC_IO, errno, "cannot make a socket: %s",
                       strerror(errno));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    int sys = 0;
    if (bind(fd, (const struct sockaddr *)(const void *)&l->addr, l->len))
        sys = errno;
    close(fd);
    if (sys == EADDRINUSE)
        return err_sys(e, RC_EXISTS, sys, "port %u of %s is in use", l->port,
                       l->host);
    if (sys)
        return err_sys(e, RC_IO, sys, "cannot listen on %s:%u: %s", l->host,
                       l->port, strerror(sys));
    return RC_OK;
}
