/*
 * tests/miner/mine_crash_test.c - jobs that are killed at any moment.
 *
 * The simulator runs in a process of its own, each job in another one. A job
 * is killed either by itself, when it has looked at the clock a random number
 * of times (which it does before and after everything that matters), or from
 * outside after a random time.
 */
#include "tests/miner/mine_kit.h"

#include "base/rnd.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, LIVES_MAX = 400 };

/* A clock that kills the process when it was looked at `left` times. */
struct deadly {
    struct clk clk;
    struct clk *inner;
    _Atomic int64_t left;
};

static wall_t deadly_wall(struct clk *c)
{
    struct deadly *d = (struct deadly *)c;
    if (atomic_fetch_sub(&d->left, 1) <= 1)
        kill(getpid(), SIGKILL);
    return clk_wall(d->inner);
}

static mono_t deadly_mono(struct clk *c)
{
    return clk_mono(((struct deadly *)c)->inner);
}

static void deadly_wait(struct clk *c, wall_t until, const atomic_bool *stop)
{
    struct deadly *d = (struct deadly *)c;
    d->inner->wait(d->inner, until, stop);
}

/* One life of the miner; @looks 0 = it lives until it is done. */
static void live(struct kit *k, int64_t looks)
{
    struct deadly clock = { { deadly_wall, deadly_mono, deadly_wait },
                            &k->clock.clk,
                            looks ? looks : INT64_MAX };
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    kit_connect(k);
    k->o.clk = &clock.clk;
    bool done = !kit_mine(k) && k->r.stopped_by == MINE_DONE;
    kit_disconnect(k);
    _exit(done ? 0 : 3);
}

/* True when the life ended by itself with all done. */
static bool one_life(struct kit *k, struct rnd *rnd)
{
    bool inside = rnd_below(rnd, 2);
    int64_t looks = 1 + (int64_t)rnd_below(rnd, 120);
    int ms = 20 + (int)rnd_below(rnd, 100);
    pid_t pid = fork();
    T_TRUE("fork", pid >= 0);
    if (pid == 0)
        live(k, inside ? looks : 0);
    if (!inside) {
        (void)poll(NULL, 0, ms);
        kill(pid, SIGKILL);
    }
    int status;
    T_TRUE("wait", waitpid(pid, &status, 0) == pid);
    if (WIFSIGNALED(status)) {
        T_I64("killed", WTERMSIG(status), SIGKILL);
        return false;
    }
    T_I64("exit code", WEXITSTATUS(status), 0);
    return true;
}

static void check_ledgers(struct kit *k)
{
    kit_connect(k);
    int64_t own = kit_own_ledger(k);
    int64_t sim = kit_sim_ledger(k, "general.spent");
    ck_assert_msg(own >= sim, "our ledger knows %lld units, the server %lld",
                  (long long)own, (long long)sim);
    kit_disconnect(k);
}

static void crash_loop(uint64_t seed)
{
    struct kit k;
    struct rnd rnd;
    struct kit_setup setup = { .videos = 2000, .channels = 40, .apart = true };
    int killed = 0;
    rnd_init(&rnd, seed);
    kit_open(&k, &setup);
    k.o.threads = THREADS;
    size_t channels = kit_add_channels(&k);
    int64_t least = kit_least_pages(&k) + (int64_t)(channels + 49) / 50;
    kit_disconnect(&k);
    while (!one_life(&k, &rnd)) {
        check_ledgers(&k);
        T_TRUE("comes to an end", ++killed < LIVES_MAX);
    }
    check_ledgers(&k);
    kit_connect(&k);
    size_t n = kit_check_truth(&k);
    least += (int64_t)(n + 49) / 50;
    int64_t spent = kit_sim_ledger(&k, "general.spent");
    ck_assert_msg(spent <= least + killed * THREADS,
                  "%lld units for %lld after %d kills", (long long)spent,
                  (long long)least, killed);
    kit_close(&k);
}

START_TEST(killed_jobs_lose_nothing_and_pay_little)
{
    for (uint64_t seed = 1; seed <= 3; seed++)
        crash_loop(seed);
}
END_TEST

T_SUITE("miner.mine_crash", 300, killed_jobs_lose_nothing_and_pay_little)
