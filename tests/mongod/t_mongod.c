/*
 * tests/mongod/t_mongod.c - runs a MongoDB replica set for a test.
 *
 * t_mongod [--members N] [--arbiter] [--test-commands] [--oplog MB]
 *
 * Prints "HOST:PORT,HOST:PORT" once the set takes writes, then obeys
 * commands on standard input, each answered by "ok":
 *   kill I   SIGKILL        start I   start it again, unless it runs
 *   freeze I SIGSTOP        thaw I    SIGCONT
 *   wait primary            until there is one
 *   wait all                until there is one and all others follow it
 * I is a number, or "primary", or "all".
 * At the end of its input it kills all servers and removes their folders.
 *
 * Rules
 *   1. a server dies with this process, and this process with its parent
 *   2. nothing is ended by name
 *   3. folders are thrown away, so the servers are killed, not shut down
 *   4. the journal is on: it is what is under test; only its files are small
 *
 * The server is $SVF_TEST_MONGOD, else the link that the ctest
 * `mongod.fetch` left in the build folder, else what tests/mongod/fetch
 * tells.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <mongoc/mongoc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MEMBERS_MAX = 5, STARTS_MAX = 3, POLL_MS = 50, PATIENCE_MS = 60000 };

struct member {
    pid_t pid; /* 0 = not running */
    int port;
    char dir[300];
};

static struct options {
    int members;
    bool arbiter; /* the last member is one */
    bool test_commands;
    const char *oplog_mb;
} options = { .members = 1, .oplog_mb = "64" };

static struct member members[MEMBERS_MAX];
static char home[256];
static char mongod[4096];

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *where)
{
    (void)st, (void)kind, (void)where;
    return remove(path);
}

static void end_all(void)
{
    for (int i = 0; i < options.members; i++) {
        if (members[i].pid) {
            kill(members[i].pid, SIGKILL);
            waitpid(members[i].pid, NULL, 0);
        }
    }
    if (*home && nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS))
        fprintf(stderr, "t_mongod: cannot remove %s\n", home);
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "t_mongod: %s: %s\n", what, why);
    end_all();
    exit(1);
}

/* Between two questions to a server; ends early, and all, when the parent
 * is gone. */
static void wait_a_moment(void)
{
    struct pollfd in = { .fd = STDIN_FILENO };
    if (poll(&in, 1, POLL_MS) > 0 && in.revents & (POLLHUP | POLLERR))
        die("parent", "is gone");
}

/* ---- which server ---- */

static void find_mongod(void)
{
    const char *given = getenv("SVF_TEST_MONGOD");
    if (given && *given) {
        snprintf(mongod, sizeof(mongod), "%s", given);
        return;
    }
    snprintf(mongod, sizeof(mongod), "%s", T_MONGOD_LINK);
    if (access(mongod, X_OK) == 0)
        return;
    FILE *p = popen(T_MONGOD_FETCH, "r");
    if (!p || !fgets(mongod, sizeof(mongod), p))
        die("tests/mongod/fetch", "found none");
    mongod[strcspn(mongod, "\n")] = '\0';
    pclose(p);
}

/* ---- one member ---- */

static int free_port(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    socklen_t n = sizeof(a);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) ||
        getsockname(fd, (struct sockaddr *)&a, &n))
        die("a free port", strerror(errno));
    close(fd);
    return ntohs(a.sin_port);
}

static void exec_mongod(const struct member *x)
{
    char port[12], log[320];
    snprintf(port, sizeof(port), "%d", x->port);
    snprintf(log, sizeof(log), "%s.log", x->dir);
    /* clang-format off */
    const char *argv[] = {
        mongod,
        "--replSet", "t0",
        "--bind_ip", "127.0.0.1",
        "--port", port,
        "--dbpath", x->dir,
        "--logpath", log,
        "--nounixsocket",
        "--wiredTigerCacheSizeGB", "0.25",
        "--oplogSize", options.oplog_mb,
        "--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=4MB)",
        "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=2000",
        "--setParameter", "diagnosticDataCollectionEnabled=false",
        options.test_commands ? "--setParameter" : NULL,
        "enableTestCommands=1",
        NULL
    };
    /* clang-format on */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int quiet = open("/dev/null", O_WRONLY); /* it writes a log file */
    dup2(quiet, STDOUT_FILENO);
    /* exec changes none of the words; its type is older than const. */
    execv(mongod, (char *const *)(uintptr_t)argv);
    _exit(127);
}

static void start(struct member *x)
{
    fflush(NULL);
    x->pid = fork();
    if (x->pid == 0)
        exec_mongod(x);
    if (x->pid < 0)
        die("fork", strerror(errno));
}

static bool is_dead(struct member *x)
{
    if (x->pid && waitpid(x->pid, NULL, WNOHANG) == x->pid)
        x->pid = 0;
    return x->pid == 0;
}

static mongoc_client_t *client_of(const struct member *x)
{
    char uri[200];
    snprintf(uri, sizeof(uri),
             "mongodb://127.0.0.1:%d/?directConnection=true"
             "&serverSelectionTimeoutMS=200&serverSelectionTryOnce=true",
             x->port);
    return mongoc_client_new(uri);
}

static bool ask(const struct member *x, const char *json, bson_t *reply)
{
    bson_t command;
    bson_error_t be;
    if (!bson_init_from_json(&command, json, -1, &be))
        die(json, be.message);
    mongoc_client_t *c = client_of(x);
    bool ok =
        mongoc_client_command_simple(c, "admin", &command, NULL, reply, &be);
    mongoc_client_destroy(c);
    bson_destroy(&command);
    return ok;
}

/* Does hello of @x tell @flag? NULL = any answer will do. */
static bool says(const struct member *x, const char *flag)
{
    bson_t reply;
    bson_iter_t it;
    bool yes = ask(x, "{\"hello\":1}", &reply) &&
               (!flag || (bson_iter_init_find(&it, &reply, flag) &&
                          bson_iter_as_bool(&it)));
    bson_destroy(&reply);
    return yes;
}

/* False when it died: its port was taken meanwhile. */
static bool wait_for(struct member *x, const char *flag)
{
    for (int ms = 0; ms < PATIENCE_MS; ms += POLL_MS) {
        if (is_dead(x))
            return false;
        if (says(x, flag))
            return true;
        wait_a_moment();
    }
    die(mongod, "does not answer");
    return false;
}

static void show_log(const struct member *x)
{
    char path[320], line[1000];
    snprintf(path, sizeof(path), "%s.log", x->dir);
    FILE *log = fopen(path, "r");
    while (log && fgets(line, sizeof(line), log))
        if (strstr(line, "\"s\":\"E\"") || strstr(line, "\"s\":\"F\""))
            fputs(line, stderr);
    if (log)
        fclose(log);
}

static void start_new(struct member *x, int i)
{
    snprintf(x->dir, sizeof(x->dir), "%s/%d", home, i);
    if (mkdir(x->dir, 0700))
        die(x->dir, strerror(errno));
    for (int tries = 0; tries < STARTS_MAX; tries++) {
        x->port = free_port();
        start(x);
        if (wait_for(x, NULL))
            return;
    }
    show_log(x);
    die(mongod, "does not start");
}

/* ---- the set ---- */

static void initiate(void)
{
    char json[2000], *p = json, *end = json + sizeof(json);
    p += snprintf(p, (size_t)(end - p),
                  "{\"replSetInitiate\":{\"_id\":\"t0\",\"members\":[");
    for (int i = 0; i < options.members; i++)
        p += snprintf(p, (size_t)(end - p),
                      "%s{\"_id\":%d,\"host\":\"127.0.0.1:%d\",\"arbiterOnly\""
                      ":%s}",
                      i ? "," : "", i, members[i].port,
                      options.arbiter && i == options.members - 1 ? "true"
                                                                  : "false");
    snprintf(p, (size_t)(end - p),
             "],\"settings\":{\"electionTimeoutMillis\":3000,"
             "\"heartbeatTimeoutSecs\":2}}}");
    bson_t reply;
    if (!ask(&members[0], json, &reply))
        die("replSetInitiate", bson_as_relaxed_extended_json(&reply, NULL));
    bson_destroy(&reply);
}

/* Until there is a primary and the others follow it. */
static void wait_for_set(void)
{
    for (int ms = 0; ms < PATIENCE_MS; ms += POLL_MS) {
        int ready = 0, primaries = 0;
        for (int i = 0; i < options.members; i++) {
            bool primary = says(&members[i], "isWritablePrimary");
            primaries += primary;
            ready += primary || says(&members[i], "secondary") ||
                     says(&members[i], "arbiterOnly");
        }
        if (primaries == 1 && ready == options.members)
            return;
        wait_a_moment();
    }
    die("the set", "has no primary");
}

static void start_set(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(home, sizeof(home), "%s/svf-mongod-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(home))
        die(home, strerror(errno));
    for (int i = 0; i < options.members; i++)
        start_new(&members[i], i);
    initiate();
    wait_for_set();
    for (int i = 0; i < options.members; i++)
        printf("%s127.0.0.1:%d", i ? "," : "", members[i].port);
    printf("\n");
    fflush(stdout);
}

/* ---- commands ---- */

static void obey_for(const char *word, struct member *x)
{
    if (strcmp(word, "kill") == 0 && x->pid) {
        kill(x->pid, SIGKILL);
        waitpid(x->pid, NULL, 0);
        x->pid = 0;
    } else if (strcmp(word, "start") == 0 && !x->pid) {
        start(x);
        wait_for(x, NULL);
    } else if (strcmp(word, "freeze") == 0 && x->pid) {
        kill(x->pid, SIGSTOP);
    } else if (strcmp(word, "thaw") == 0 && x->pid) {
        kill(x->pid, SIGCONT);
    }
}

static int primary(void)
{
    for (int ms = 0; ms < PATIENCE_MS; ms += POLL_MS) {
        for (int i = 0; i < options.members; i++)
            if (members[i].pid && says(&members[i], "isWritablePrimary"))
                return i;
        wait_a_moment();
    }
    die("the set", "has no primary");
    return 0;
}

static void obey(const char *line)
{
    char word[16], who[16];
    if (sscanf(line, "%15s %15s", word, who) != 2) {
        printf("what is '%s'?\n", line);
        return;
    }
    bool all = strcmp(who, "all") == 0;
    if (all && strcmp(word, "wait") == 0)
        wait_for_set();
    long one = strcmp(who, "primary") == 0 ? primary() : strtol(who, NULL, 10);
    for (int i = 0; i < options.members; i++)
        if (all || i == one)
            obey_for(word, &members[i]);
    printf("ok\n");
}

static void read_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--members") == 0 && i + 1 < argc)
            options.members = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--oplog") == 0 && i + 1 < argc)
            options.oplog_mb = argv[++i];
        else if (strcmp(argv[i], "--arbiter") == 0)
            options.arbiter = true;
        else if (strcmp(argv[i], "--test-commands") == 0)
            options.test_commands = true;
        else
            die(argv[i], "unknown option");
    }
    if (options.members < 1 || options.members > MEMBERS_MAX)
        die("--members", "1 to 5");
}

/* Interrupts the read of commands, which then is at its end. */
static void on_end(int signal)
{
    (void)signal;
}

int main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    struct sigaction end = { .sa_handler = on_end };
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    mongoc_init();
    mongoc_log_set_handler(NULL, NULL);
    read_options(argc, argv);
    find_mongod();
    start_set();
    char line[80];
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        obey(line);
        fflush(stdout);
    }
    end_all();
    mongoc_cleanup();
    return 0;
}
