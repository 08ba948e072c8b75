/*
 * store/lease_proc.c - who this process is, and whether another one of this
 * machine is still alive.
 *
 * A holder is "host:pid:start@space": start is the process's start time in
 * clock ticks since boot (so a reused pid is another holder), space is the
 * inode of its pid namespace (so a container does not judge pids that it
 * cannot see, even when it has the host's name).
 *
 * Rules
 *   1. dead only when certain: another host or space, or a /proc that
 *      cannot be read, counts as alive
 *   2. a zombie is dead: it will never work again
 *
 * Threads: any; no state.
 * Source: proc(5), /proc/[pid]/stat: field 3 state, field 22 starttime.
 */
#include "store/above_priv.h"

#include "base/file.h"
#include "base/num.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>

enum {
    STAT_BYTES = 4096,
    STATE_FIELD = 3, /* the first one behind the name */
    START_FIELD = 22
};

/* What /proc tells about a process. */
struct proc {
    char state;
    uint64_t start; /* ticks since boot */
};

/* Read "pid (name) S 1 2 …"; the name may hold blanks and brackets. */
static bool parse_stat(struct str s, struct proc *ret)
{
    const char *behind = s.n ? memrchr(s.p, ')', s.n) : NULL;
    if (!behind)
        return false;
    struct str rest = str_trim(str_from(s, (size_t)(behind - s.p) + 1));
    struct str field;
    int no = STATE_FIELD;
    for (; str_split(&rest, ' ', &field); no++) {
        if (no == STATE_FIELD && field.n)
            ret->state = field.p[0];
        if (no == START_FIELD)
            return num_u64(field, &ret->start, NULL) == RC_OK;
    }
    return false;
}

static bool read_proc(uint64_t pid, struct proc *ret)
{
    char path[64];
    struct buf b = BUF_INIT(STAT_BYTES);
    snprintf(path, sizeof(path), "/proc/%" PRIu64 "/stat", pid);
    bool ok =
        file_read_all(path, &b, NULL) == RC_OK && parse_stat(buf_view(&b), ret);
    buf_fini(&b);
    return ok;
}

/* The number in "pid:[4026531836]", 0 when there is none. */
static uint64_t pid_space(void)
{
    char link[64];
    ssize_t n = readlink("/proc/self/ns/pid", link, sizeof(link));
    const char *open = n > 0 ? memchr(link, '[', (size_t)n) : NULL;
    uint64_t space = 0;
    if (open) {
        size_t left = (size_t)(link + n - open);
        if (left < 3 ||
            num_u64(str_n(open + 1, left - 2), &space, NULL) != RC_OK)
            space = 0;
    }
    return space;
}

static void host_name(char out[static 64])
{
    if (gethostname(out, 63) != 0)
        snprintf(out, 64, "localhost");
    out[63] = '\0';
}

void lease_holder(char out[static 128])
{
    char host[64];
    struct proc self = { .state = 0 };
    uint64_t pid = (uint64_t)getpid();
    host_name(host);
    (void)read_proc(pid, &self); /* without /proc: start 0, never judged */
    snprintf(out, 128, "%s:%" PRIu64 ":%" PRIu64 "@%" PRIu64, host, pid,
             self.start, pid_space());
}

/* ---- judging another ---- */

struct holder {
    struct str host;
    uint64_t pid, start, space;
};

/* Cut what stands behind the last @sep off *@s and read it. */
static bool cut_number(struct str *s, char sep, uint64_t *ret)
{
    const char *at = s->n ? memrchr(s->p, sep, s->n) : NULL;
    if (!at)
        return false;
    size_t front = (size_t)(at - s->p);
    struct str number = str_from(*s, front + 1);
    s->n = front;
    return num_u64(number, ret, NULL) == RC_OK;
}

static bool parse_holder(const char *text, struct holder *ret)
{
    ret->host = str_of(text);
    return cut_number(&ret->host, '@', &ret->space) &&
           cut_number(&ret->host, ':', &ret->start) &&
           cut_number(&ret->host, ':', &ret->pid);
}

/* Could this process see @h if it were alive? (rule 1) */
static bool is_near(const struct holder *h)
{
    char host[64];
    host_name(host);
    return str_eqz(h->host, host) && h->space && h->space == pid_space() &&
           h->pid > 0 && h->pid <= INT_MAX;
}

bool lease_holder_dead(const char *holder)
{
    struct holder h;
    if (!parse_holder(holder, &h) || !is_near(&h))
        return false;
    /* Asked first: /proc may hide the processes of other users. */
    if (kill((pid_t)h.pid, 0) != 0 && errno == ESRCH)
        return true;
    struct proc p = { .state = 0 };
    if (!read_proc(h.pid, &p))
        return false;
    return p.state == 'Z' || p.state == 'X' || p.start != h.start;
}
