/*
 * api/loop.c - the event loops: one libmicrohttpd daemon and one thread each,
 * driven from outside (MHD_run), sharing the port by SO_REUSEPORT.
 *
 * Rules
 *   1. MHD's own threads are not used: its epoll loop stalls when more than
 *      128 events come at once (seen in 0.9.75)
 *   2. MHD_get_timeout() decides whether to wait: in this mode it is edge
 *      triggered and hangs otherwise
 *   3. every request has a due time; a client that is late (slow header, slow
 *      reader) gets shutdown(2), as MHD's timeout counts from the last byte
 *   4. draining: the listening socket is closed at once, answers say
 *      "Connection: close", the loop ends when nothing is in flight
 *
 * Threads: all callbacks of a daemon run on its loop's thread, so a loop's
 * list of connections needs no lock. `stop`, `in_flight` and `draining` are
 * atomics; eventfds wake a loop, and the owner who drains.
 */
#include "api/api_priv.h"
#include "api/respond_priv.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    TICK_MS = 1000,
    IDLE_S = 30,
    MEMORY_LIMIT = 32 * 1024,
    BACKLOG = 4096,
    SPARE_DESCRIPTORS = 256
};

/* One connection's deadline; in the list of its loop. */
struct conn {
    struct conn *next, *prev;
    int fd;
    mono_t due;
};

struct loop {
    struct api *a;
    struct MHD_Daemon *daemon;
    struct responder *responder;
    struct thr thread;
    struct conn conns; /* head of a ring */
    int wake_fd;
    _Atomic bool stop;
};

/* ---- connections ---- */

static void conn_add(struct loop *l, struct MHD_Connection *mc, void **slot)
{
    struct conn *c = calloc(1, sizeof(*c));
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CONNECTION_FD);
    *slot = c;
    if (!c)
        return;
    c->fd = info ? info->connect_fd : -1;
    c->due = mono_add(clk_mono(l->a->o.clk), l->a->o.request_timeout);
    c->next = l->conns.next;
    c->prev = &l->conns;
    c->next->prev = c;
    c->prev->next = c;
    ctr_add(&api_ctr[CTR_api_connections], 1);
}

static void conn_remove(struct conn *c)
{
    if (!c)
        return;
    c->next->prev = c->prev;
    c->prev->next = c->next;
    free(c);
    ctr_add(&api_ctr[CTR_api_connections], -1);
}

static void on_connection(void *cls, struct MHD_Connection *mc, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        conn_add(cls, mc, slot);
    else
        conn_remove(*slot);
}

static struct conn *conn_of(struct MHD_Connection *mc)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mc, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void conn_due(struct loop *l, struct MHD_Connection *mc, dur_t left)
{
    struct conn *c = conn_of(mc);
    if (c)
        c->due = mono_add(clk_mono(l->a->o.clk), left);
}

static void cut_late_ones(struct loop *l)
{
    mono_t now = clk_mono(l->a->o.clk);
    for (struct conn *c = l->conns.next; c != &l->conns; c = c->next) {
        if (c->due.us > now.us || c->fd < 0)
            continue;
        shutdown(c->fd, SHUT_RDWR);
        c->due = mono_add(now, DUR_S(IDLE_S));
        ctr_add(&api_ctr[CTR_api_late_clients_total], 1);
    }
}

/* ---- requests ---- */

/* While draining, the last one out tells loops_drain(). */
static void flight_ended(struct api *a)
{
    uint64_t one = 1;
    if (atomic_fetch_add(&a->in_flight, -1) == 1 && atomic_load(&a->draining))
        (void)!write(a->landed_fd, &one, sizeof(one));
}

/* A request begins: its line has arrived. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *mc)
{
    struct loop *l = cls;
    atomic_fetch_add(&l->a->in_flight, 1);
    conn_due(l, mc, l->a->o.request_timeout);
    return respond_begin(uri);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mc,
                                  const char *url, const char *method,
                                  const char *version, const char *upload,
                                  size_t *upload_size, void **slot)
{
    struct loop *l = cls;
    (void)url;
    (void)version;
    (void)upload;
    (void)upload_size;
    if (!*slot) /* no memory for the request */
        return MHD_NO;
    return respond(l->responder, mc, *slot, method);
}

static void on_completed(void *cls, struct MHD_Connection *mc, void **slot,
                         enum MHD_RequestTerminationCode why)
{
    struct loop *l = cls;
    (void)why;
    conn_due(l, mc, DUR_S(IDLE_S));
    respond_end(*slot);
    *slot = NULL;
    flight_ended(l->a);
}

static void on_log(void *cls, const char *fmt, va_list ap)
{
    struct loop *l = cls;
    char text[200];
    vsnprintf(text, sizeof(text), fmt, ap);
    text[strcspn(text, "\r\n")] = '\0';
    log_often(l->a->o.log, LOG_DEBUG, "api", "http", "note=\"%s\"", text);
}

/* ---- the loop ---- */

static int epoll_fd(struct loop *l)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

static void drain_listen(struct loop *l)
{
    MHD_socket fd = MHD_quiesce_daemon(l->daemon);
    if (fd != MHD_INVALID_SOCKET)
        close(fd); /* else the kernel goes on accepting into the backlog */
}

static void *loop_main(void *arg)
{
    struct loop *l = arg;
    bool listening = true;
    struct pollfd fds[2] = { { .fd = epoll_fd(l), .events = POLLIN },
                             { .fd = l->wake_fd, .events = POLLIN } };
    while (!atomic_load(&l->stop)) {
        MHD_UNSIGNED_LONG_LONG wait = TICK_MS;
        if (MHD_get_timeout(l->daemon, &wait) != MHD_YES || wait > TICK_MS)
            wait = TICK_MS;
        if (poll(fds, 2, (int)wait) > 0 && (fds[1].revents & POLLIN)) {
            uint64_t n;
            (void)!read(l->wake_fd, &n, sizeof(n));
        }
        if (listening && atomic_load(&l->a->draining)) {
            drain_listen(l);
            listening = false;
        }
        (void)MHD_run(l->daemon);
        cut_late_ones(l);
    }
    return NULL;
}

static void wake(struct loop *l)
{
    uint64_t one = 1;
    (void)!write(l->wake_fd, &one, sizeof(one));
}

/* ---- opening and closing ---- */

/* Use all descriptors the system grants. */
static unsigned connection_limit(size_t n_loops)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r))
        return 256;
    r.rlim_cur = r.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &r);
    (void)getrlimit(RLIMIT_NOFILE, &r);
    rlim_t usable = r.rlim_cur > 2 * SPARE_DESCRIPTORS
                        ? r.rlim_cur - SPARE_DESCRIPTORS
                        : r.rlim_cur / 2;
    if (usable > 100000)
        usable = 100000;
    return (unsigned)(usable / n_loops) + 1;
}

static int start_daemon(struct loop *l, struct listen_address *where,
                        struct err *e)
{
    unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG;
    if (where->v6)
        flags |= MHD_USE_IPv6;
    errno = 0;
    l->daemon = MHD_start_daemon(
        flags, where->port, NULL, NULL, on_request, l,
        MHD_OPTION_EXTERNAL_LOGGER, on_log, l, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)(void *)&where->addr,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_LISTEN_BACKLOG_SIZE,
        (unsigned)BACKLOG, MHD_OPTION_CONNECTION_LIMIT,
        connection_limit(l->a->n_loops), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)MEMORY_LIMIT, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, l,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, l,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, l, MHD_OPTION_END);
    if (!l->daemon)
        return err_sys(e, errno == EADDRINUSE ? RC_EXISTS : RC_IO, errno,
                       "cannot listen on %s:%u: %s", where->host, where->port,
                       strerror(errno));
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_BIND_PORT);
    if (!where->port && info)
        listen_set_port(where, info->port);
    return RC_OK;
}

static int event_open(int *ret, struct err *e)
{
    *ret = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (*ret < 0)
        return err_sys(e, RC_IO, errno, "eventfd: %s", strerror(errno));
    return RC_OK;
}

static int loop_open(struct loop *l, struct api *a,
                     struct listen_address *where, struct err *e)
{
    int rc = event_open(&l->wake_fd, e);
    if (!rc)
        rc = responder_open(&l->responder, a, e);
    if (!rc)
        rc = start_daemon(l, where, e);
    return rc;
}

static int make_loops(struct api *a, struct err *e)
{
    a->loops = calloc(a->n_loops, sizeof(*a->loops));
    if (!a->loops)
        return err_set(e, RC_NOMEM, "no memory for the server");
    for (size_t i = 0; i < a->n_loops; i++) {
        struct loop *l = &a->loops[i];
        l->a = a;
        l->wake_fd = -1;
        l->conns.next = l->conns.prev = &l->conns;
    }
    return RC_OK;
}

static void put_url(struct api *a, const struct listen_address *where)
{
    snprintf(a->url, sizeof(a->url),
             where->v6 ? "http://[%s]:%u" : "http://%s:%u",
             *where->host ? where->host : "127.0.0.1", where->port);
}

int loops_open(struct api *a, struct err *e)
{
    struct listen_address where;
    int rc = listen_parse(a->o.listen, &where, e);
    if (!rc)
        rc = listen_probe(&where, e);
    if (!rc)
        rc = event_open(&a->landed_fd, e);
    if (!rc)
        rc = make_loops(a, e);
    for (size_t i = 0; !rc && i < a->n_loops; i++)
        rc = loop_open(&a->loops[i], a, &where, e);
    if (!rc)
        put_url(a, &where);
    for (size_t i = 0; !rc && i < a->n_loops; i++)
        rc = thr_start(&a->loops[i].thread, "svf-api", loop_main, &a->loops[i],
                       e);
    return rc;
}

void loops_drain(struct api *a, dur_t grace)
{
    mono_t end = mono_add(clk_mono(a->o.clk), grace);
    struct pollfd landed = { .fd = a->landed_fd, .events = POLLIN };
    for (size_t i = 0; i < a->n_loops; i++)
        wake(&a->loops[i]);
    while (atomic_load(&a->in_flight) > 0) {
        int64_t left_ms = mono_since(clk_mono(a->o.clk), end).ms;
        uint64_t n;
        if (left_ms <= 0)
            break;
        if (poll(&landed, 1, (int)left_ms) < 0 && errno != EINTR)
            break;
        (void)!read(a->landed_fd, &n, sizeof(n));
    }
}

void loops_close(struct api *a)
{
    for (size_t i = 0; a->loops && i < a->n_loops; i++) {
        struct loop *l = &a->loops[i];
        atomic_store(&l->stop, true);
        if (l->wake_fd >= 0)
            wake(l);
        thr_join(&l->thread);
        if (l->daemon)
            MHD_stop_daemon(l->daemon);
        responder_close(l->responder);
        if (l->wake_fd >= 0)
            close(l->wake_fd);
    }
    free(a->loops);
    a->loops = NULL;
    if (a->landed_fd >= 0)
        close(a->landed_fd);
    a->landed_fd = -1;
}
