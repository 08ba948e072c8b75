/*
 * sim/listen.c - the listening socket.
 *
 * Rules
 *   1. loopback only: 127.0.0.0/8, ::1, localhost; anything else is refused
 *      before a socket is made
 *   2. port 0 takes a free one; the URL tells which
 */
#include "sim/sim_priv.h"

#include "base/num.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 512 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Split "HOST:PORT" or "[HOST]:PORT". */
static bool split(const char *text, char host[static 64], uint64_t *port)
{
    struct str s = str_of(text);
    size_t at = s.n;
    while (at && s.p[at - 1] != ':')
        at--;
    if (!at || num_u64(str_from(s, at), port, NULL) || *port > 65535)
        return false;
    struct str h = str_n(s.p, at - 1);
    if (h.n >= 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
        h = str_n(h.p + 1, h.n - 2);
    if (!h.n || h.n >= 64)
        return false;
    memcpy(host, h.p, h.n);
    host[h.n] = '\0';
    return true;
}

/* The address of a loopback @host; 0 when it is another one. */
static socklen_t address_of(const char *host, uint16_t port, union address *a)
{
    *a = (union address){ .v6 = { .sin6_family = AF_INET6,
                                  .sin6_port = htons(port) } };
    if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1)
        return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr) ? sizeof(a->v6) : 0;
    *a = (union address){ .v4 = { .sin_family = AF_INET,
                                  .sin_port = htons(port) } };
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &a->v4.sin_addr) != 1)
        return 0;
    bool loopback = ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
    return loopback ? sizeof(a->v4) : 0;
}

static void tell_url(const union address *a, char url[static SIM_URL])
{
    char host[INET6_ADDRSTRLEN] = "";
    if (a->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof(host));
        snprintf(url, SIM_URL, "http://[%s]:%u", host, ntohs(a->v6.sin6_port));
        return;
    }
    inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof(host));
    snprintf(url, SIM_URL, "http://%s:%u", host, ntohs(a->v4.sin_port));
}

static int bind_and_listen(int fd, union address *a, socklen_t n,
                           const char *text, struct err *e)
{
    const int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, &a->any, n) || listen(fd, BACKLOG))
        return err_sys(e, errno == EADDRINUSE ? RC_EXISTS : RC_IO, errno,
                       "cannot listen on \"%s\": %s", text,
                       errno == EADDRINUSE ? "the port is in use"
                                           : strerror(errno));
    if (getsockname(fd, &a->any, &n))
        return err_sys(e, RC_IO, errno, "cannot read the port of \"%s\"", text);
    return RC_OK;
}

int listen_open(const char *address, int *fd, char url[static SIM_URL],
                struct err *e)
{
    char host[64];
    uint64_t port;
    union address a;
    if (!split(address, host, &port))
        return err_set(e, RC_INPUT, "\"%s\" is not HOST:PORT", address);
    socklen_t n = address_of(host, (uint16_t)port, &a);
    if (!n)
        return err_set(e, RC_DENIED,
                       "\"%s\" is not a loopback address: the simulator "
                       "listens on 127.0.0.1, ::1 or localhost",
                       address);
    int s = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return err_sys(e, RC_IO, errno, "cannot make a socket");
    int rc = bind_and_listen(s, &a, n, address, e);
    if (rc) {
        close(s);
        return rc;
    }
    tell_url(&a, url);
    *fd = s;
    return RC_OK;
}
