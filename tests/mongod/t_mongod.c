/*
 * tests/mongod/t_mongod.c - runs a MongoDB replica set for a test.
 *
 * t_mongod [--members N] [--arbiter] [--test-commands] [--oplog MB]
 *          [--auth] [--tls DIR] [-- PROGRAM WORD…]
 *
 * --arbiter  the last member is one: it votes and holds no data
 * --auth     by key file; the user "root" with the password "root-secret"
 *            may do everything
 * --tls      with DIR/server.pem, for clients that show a certificate of
 *            DIR/ca.pem; DIR/client.pem is ours
 *
 * Prints "HOST:PORT,HOST:PORT" once the set takes writes, then obeys
 * commands on standard input, each answered by "ok":
 *   kill I   SIGKILL        start I   start it again, unless it runs
 *   freeze I SIGSTOP        thaw I    SIGCONT
 *   wait primary            until there is one
 *   wait all                until there is one and all others follow it
 * I is a number, or "primary", or "all". And
 *   run DB JSON             a command to the primary; its answer is told
 * At the end of its input it kills all servers and removes their folders.
 *
 * With PROGRAM it reads and prints nothing, but runs that one with
 * MONGOD_HOSTS in its environment, and ends as it ends. SIGTERM is passed on
 * to it; SIGINT comes from a terminal, which tells the program itself.
 *
 * Rules
 *   1. a server dies with this process, and this process with its parent
 *   2. nothing is ended by name
 *   3. folders are thrown away, so the servers are killed, not shut down
 *   4. the journal is on: it is what is under test; only its files are small
 *   5. a terminal's Ctrl-C does not reach the servers: who uses them ends first
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

enum {
    MEMBERS_MAX = 5,
    STARTS_MAX = 3,
    POLL_MS = 50,
    PATIENCE_MS = 60000,
    ROLLBACK_TRIES = 60
};

struct member {
    pid_t pid; /* 0 = not running */
    int port;
    char dir[300];
};

static struct options {
    int members;
    bool arbiter; /* the last member is one */
    bool test_commands;
    bool auth;
    const char *tls; /* folder */
    const char *oplog_mb;
    const char *cache_gb;
    char **program; /* NULL-ended; NULL = obey standard input */
} options = { .members = 1, .oplog_mb = "64", .cache_gb = "0.25" };

static struct member members[MEMBERS_MAX];
static char home[256];
static char mongod[4096];
static bool has_root;                      /* the user was made */
static volatile sig_atomic_t asked_to_end; /* the signal; 0 = not yet */

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
 * is gone or, before there is a program to tell it, when asked to. */
static void wait_a_moment(void)
{
    if (options.program) { /* its input is not for us */
        poll(NULL, 0, POLL_MS);
        if (asked_to_end)
            die("the set", "is not started: asked to end");
        return;
    }
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

/* The words of a command line. */
struct words {
    const char *v[64];
    size_t n;
};

static void add(struct words *w, const char *a, const char *b)
{
    w->v[w->n++] = a;
    w->v[w->n++] = b;
}

static void add_safety(struct words *w)
{
    static char key[300], server[300], ca[300];
    if (options.auth) {
        snprintf(key, sizeof(key), "%s/key", home);
        add(w, "--keyFile", key);
    }
    if (options.tls) {
        snprintf(server, sizeof(server), "%s/server.pem", options.tls);
        snprintf(ca, sizeof(ca), "%s/ca.pem", options.tls);
        add(w, "--tlsMode", "requireTLS");
        add(w, "--tlsCertificateKeyFile", server);
        add(w, "--tlsCAFile", ca);
    }
}

static void exec_mongod(const struct member *x)
{
    char port[12], log[320];
    snprintf(port, sizeof(port), "%d", x->port);
    snprintf(log, sizeof(log), "%s.log", x->dir);
    struct words w = { .v = { mongod, "--nounixsocket" }, .n = 2 };
    add(&w, "--replSet", "t0");
    add(&w, "--bind_ip", "127.0.0.1");
    add(&w, "--port", port);
    add(&w, "--dbpath", x->dir);
    add(&w, "--logpath", log);
    add(&w, "--wiredTigerCacheSizeGB", options.cache_gb);
    add(&w, "--oplogSize", options.oplog_mb);
    add(&w, "--wiredTigerEngineConfigString",
        "log=(prealloc=false,file_max=4MB)");
    add(&w, "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=2000");
    add(&w, "--setParameter", "diagnosticDataCollectionEnabled=false");
    if (options.test_commands)
        add(&w, "--setParameter", "enableTestCommands=1");
    add_safety(&w);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);                           /* rule 5 */
    int quiet = open("/dev/null", O_WRONLY); /* it writes a log file */
    dup2(quiet, STDOUT_FILENO);
    /* exec changes none of the words; its type is older than const. */
    execv(mongod, (char *const *)(uintptr_t)w.v);
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
    char uri[1000];
    int n = snprintf(uri, sizeof(uri),
                     "mongodb://%s127.0.0.1:%d/?directConnection=true"
                     "&serverSelectionTimeoutMS=200"
                     "&serverSelectionTryOnce=true",
                     has_root ? "root:root-secret@" : "", x->port);
    if (options.tls)
        snprintf(uri + n, sizeof(uri) - (size_t)n,
                 "&tls=true&tlsCAFile=%s/ca.pem"
                 "&tlsCertificateKeyFile=%s/client.pem",
                 options.tls, options.tls);
    return mongoc_client_new(uri);
}

/* Run @json on database @db; *reply is set also on failure. */
static bool ask_db(const struct member *x, const char *db, const char *json,
                   bson_t *reply)
{
    bson_t command;
    bson_error_t be;
    if (!bson_init_from_json(&command, json, -1, &be))
        die(json, be.message);
    mongoc_client_t *c = client_of(x);
    bool ok = mongoc_client_command_simple(c, db, &command, NULL, reply, &be);
    mongoc_client_destroy(c);
    bson_destroy(&command);
    return ok;
}

static bool ask(const struct member *x, const char *json, bson_t *reply)
{
    return ask_db(x, "admin", json, reply);
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

/* While there is no user, a client of this machine may make the first. */
static void make_root(void)
{
    bson_t reply;
    if (!ask(&members[0],
             "{\"createUser\":\"root\",\"pwd\":\"root-secret\","
             "\"roles\":[\"root\"]}",
             &reply))
        die("createUser", bson_as_relaxed_extended_json(&reply, NULL));
    bson_destroy(&reply);
    has_root = true;
}

/* What the members prove to each other that they are of one set with. */
static void write_key(void)
{
    char path[300];
    snprintf(path, sizeof(path), "%s/key", home);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    static const char key[] = "no+secret+of+anybodys";
    if (fd < 0 || write(fd, key, sizeof(key) - 1) < 0)
        die(path, strerror(errno));
    close(fd);
}

static void start_set(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(home, sizeof(home), "%s/svf-mongod-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(home))
        die(home, strerror(errno));
    if (options.auth)
        write_key();
    for (int i = 0; i < options.members; i++)
        start_new(&members[i], i);
    initiate();
    wait_for_set();
    if (options.auth)
        make_root();
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

/* A write that all who hold data must have. */
static bool all_have_a_write(void)
{
    char json[200];
    bson_t reply;
    snprintf(json, sizeof(json),
             "{\"appendOplogNote\":1,\"data\":{},\"writeConcern\":{\"w\":%d,"
             "\"wtimeout\":5000}}",
             options.members - options.arbiter);
    bool ok = ask(&members[primary()], json, &reply) &&
              !bson_has_field(&reply, "writeConcernError");
    bson_destroy(&reply);
    return ok;
}

/* A member that was killed as primary calls itself a secondary before it finds
 * that it must roll back, which has taken a minute; meanwhile it can neither
 * vote nor follow. */
static void wait_for_followers(void)
{
    for (int i = 0; i < ROLLBACK_TRIES; i++) {
        if (all_have_a_write())
            return;
        wait_a_moment();
    }
    die("the set", "has members that do not follow");
}

static void write_hosts(char *out, size_t n)
{
    size_t at = 0;
    for (int i = 0; i < options.members; i++)
        at += (size_t)snprintf(out + at, n - at, "%s127.0.0.1:%d", i ? "," : "",
                               members[i].port);
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

static void run_command(const char *line)
{
    char db[64];
    int at = 0;
    bson_t reply;
    if (sscanf(line, "run %63s %n", db, &at) != 1 || !at) {
        printf("run what?\n");
        return;
    }
    (void)ask_db(&members[primary()], db, line + at, &reply);
    char *json = bson_as_relaxed_extended_json(&reply, NULL);
    printf("%s\n", json);
    bson_free(json);
    bson_destroy(&reply);
}

static void obey(const char *line)
{
    if (strncmp(line, "run ", 4) == 0) {
        run_command(line);
        return;
    }
    char word[16], who[16];
    if (sscanf(line, "%15s %15s", word, who) != 2) {
        printf("what is '%s'?\n", line);
        return;
    }
    bool all = strcmp(who, "all") == 0;
    if (all && strcmp(word, "wait") == 0) {
        wait_for_set();
        wait_for_followers();
    }
    long one = strcmp(who, "primary") == 0 ? primary() : strtol(who, NULL, 10);
    for (int i = 0; i < options.members; i++)
        if (all || i == one)
            obey_for(word, &members[i]);
    printf("ok\n");
}

static void read_options(int argc, char **argv)
{
    for (int i = 1; i < argc && !options.program; i++) {
        if (strcmp(argv[i], "--members") == 0 && i + 1 < argc)
            options.members = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--oplog") == 0 && i + 1 < argc)
            options.oplog_mb = argv[++i];
        else if (strcmp(argv[i], "--cache") == 0 && i + 1 < argc)
            options.cache_gb = argv[++i];
        else if (strcmp(argv[i], "--arbiter") == 0)
            options.arbiter = true;
        else if (strcmp(argv[i], "--test-commands") == 0)
            options.test_commands = true;
        else if (strcmp(argv[i], "--auth") == 0)
            options.auth = true;
        else if (strcmp(argv[i], "--tls") == 0 && i + 1 < argc)
            options.tls = argv[++i];
        else if (strcmp(argv[i], "--") == 0 && i + 1 < argc)
            options.program = &argv[i + 1];
        else
            die(argv[i], "unknown option");
    }
    if (options.members < 1 || options.members > MEMBERS_MAX)
        die("--members", "1 to 5");
}

static void obey_all(void)
{
    char hosts[200];
    char *line = NULL;
    size_t room = 0;
    write_hosts(hosts, sizeof(hosts));
    printf("%s\n", hosts);
    fflush(stdout);
    while (getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        obey(line);
        fflush(stdout);
    }
    free(line);
}

static int run_program(void)
{
    char hosts[200];
    int status = 0;
    write_hosts(hosts, sizeof(hosts));
    setenv("MONGOD_HOSTS", hosts, 1);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execvp(options.program[0], options.program);
        fprintf(stderr, "t_mongod: %s: %s\n", options.program[0],
                strerror(errno));
        _exit(127);
    }
    if (pid < 0)
        die("fork", strerror(errno));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        if (asked_to_end == SIGTERM)
            kill(pid, SIGTERM);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Interrupts the read of commands, which then is at its end, or the wait for
 * the program. */
static void on_end(int signal)
{
    asked_to_end = signal;
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
    int code = options.program ? run_program() : (obey_all(), 0);
    end_all();
    mongoc_cleanup();
    return code;
}
