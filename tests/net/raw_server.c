/*
 * tests/net/raw_server.c - the scripted server.
 *
 * One thread accepts and answers; mu guards the counters and the heads.
 * Waiting is done in poll(2), which ends when the client hangs up or when
 * raw_close() writes to the wake-up pipe.
 */
#include "tests/net/raw_server.h"

#include "base/buf.h"
#include "base/thr.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADS_MAX = 1 << 20, HEAD_MAX = 16384 };

struct raw_server {
    const struct raw_reply *replies;
    size_t n_replies;
    int listener;
    int wake[2];
    char url[64];
    struct thr thread;
    struct mtx mu;
    struct buf heads;   /* mu */
    size_t requests;    /* mu */
    size_t connections; /* mu */
};

/* Wait for bytes on @fd; false when told to stop or when @ms went by. */
static bool readable(struct raw_server *s, int fd, int ms)
{
    struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
                           { .fd = s->wake[0], .events = POLLIN } };
    return poll(p, 2, ms) > 0 && !p[1].revents && p[0].revents;
}

static bool send_bytes(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* Send a byte at a time; false when the client hung up. */
static bool drip(struct raw_server *s, int fd, const struct raw_reply *r)
{
    for (size_t i = 0; i < r->bytes.n; i++) {
        if (!send_bytes(fd, r->bytes.p + i, 1))
            return false;
        if (readable(s, fd, r->drip_ms))
            return false;
    }
    return true;
}

/* True when the connection may go on. */
static bool answer(struct raw_server *s, int fd, const struct raw_reply *r)
{
    bool sent =
        r->drip_ms ? drip(s, fd, r) : send_bytes(fd, r->bytes.p, r->bytes.n);
    if (r->hold)
        (void)readable(s, fd, -1);
    return sent && !r->close && !r->hold;
}

/* Read one request head into @head; false at the end of the connection. */
static bool read_head(struct raw_server *s, int fd, char *head, size_t *n)
{
    *n = 0;
    while (*n < HEAD_MAX) {
        if (!readable(s, fd, -1) || recv(fd, head + *n, 1, 0) != 1)
            return false;
        *n += 1;
        if (*n >= 4 && memcmp(head + *n - 4, "\r\n\r\n", 4) == 0)
            return true;
    }
    return false;
}

static const struct raw_reply *next_reply(struct raw_server *s,
                                          const char *head, size_t n)
{
    mtx_lock(&s->mu);
    size_t i = s->requests++;
    buf_put(&s->heads, head, n);
    mtx_unlock(&s->mu);
    return &s->replies[i < s->n_replies ? i : s->n_replies - 1];
}

static void serve(struct raw_server *s, int fd)
{
    static _Thread_local char head[HEAD_MAX];
    size_t n;
    while (read_head(s, fd, head, &n))
        if (!answer(s, fd, next_reply(s, head, n)))
            return;
}

static void *run(void *arg)
{
    struct raw_server *s = arg;
    while (readable(s, s->listener, -1)) {
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0)
            break;
        mtx_lock(&s->mu);
        s->connections++;
        mtx_unlock(&s->mu);
        serve(s, fd);
        close(fd);
    }
    return NULL;
}

static void listen_free_port(struct raw_server *s)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof(a);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&a, n) ||
        listen(s->listener, 16) ||
        getsockname(s->listener, (struct sockaddr *)&a, &n))
        abort();
    snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u/api",
             (unsigned)ntohs(a.sin_port));
}

struct raw_server *raw_open(const struct raw_reply *replies, size_t n)
{
    struct raw_server *s = calloc(1, sizeof(*s));
    if (!s || pipe(s->wake))
        abort();
    s->replies = replies;
    s->n_replies = n;
    s->heads = (struct buf)BUF_INIT(HEADS_MAX);
    mtx_init(&s->mu);
    listen_free_port(s);
    if (thr_start(&s->thread, "raw", run, s, NULL))
        abort();
    return s;
}

const char *raw_url(const struct raw_server *s)
{
    return s->url;
}

void raw_close(struct raw_server *s)
{
    if (write(s->wake[1], "x", 1) != 1)
        abort();
    thr_join(&s->thread);
    close(s->listener);
    close(s->wake[0]);
    close(s->wake[1]);
    mtx_fini(&s->mu);
    buf_fini(&s->heads);
    free(s);
}

size_t raw_requests(struct raw_server *s)
{
    mtx_lock(&s->mu);
    size_t n = s->requests;
    mtx_unlock(&s->mu);
    return n;
}

size_t raw_connections(struct raw_server *s)
{
    mtx_lock(&s->mu);
    size_t n = s->connections;
    mtx_unlock(&s->mu);
    return n;
}

struct str raw_heads(struct raw_server *s)
{
    mtx_lock(&s->mu);
    struct str heads = buf_view(&s->heads);
    mtx_unlock(&s->mu);
    return heads;
}
