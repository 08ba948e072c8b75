/*
 * bench/bench.c - options, observations and the JSON document of a bench.
 *
 * Rules
 *   1. a figure is the median of its observations, with least and largest
 *      beside it; nothing is left out
 *   2. the document says where it was made: machine, compiler, commit, seed
 *
 * Threads: one. A bench that runs out of memory ends with exit code 70.
 */
#include "bench/bench.h"

#include "base/buf.h"
#include "base/clk.h"
#include "base/jsonw.h"
#include "base/num.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 64,
    EXIT_BUG = 70,
    RUNS = 5,
    RUNS_QUICK = 2,
    N_LEAST = 1000,
    SERIES_MAX = 256,
    DOCUMENT_MAX = 1024 * 1024
};

#if defined(__clang__)
#define COMPILER __VERSION__ /* begins with its name */
#else
#define COMPILER "gcc " __VERSION__
#endif

struct series {
    char name[64];
    char unit[32];
    double *values; /* owned */
    size_t n;
    size_t cap;
};

struct list {
    struct series rows[SERIES_MAX];
    size_t n;
};

struct check {
    char name[64];
    uint64_t value;
};

struct bench {
    const char *name;
    struct bench_options o;
    bool json;
    double load; /* processes that wanted a core, when it began */
    struct list results;
    struct list peers;
    struct check checks[SERIES_MAX];
    size_t n_checks;
};

static _Noreturn void die(int code, const char *what, const char *value)
{
    fprintf(stderr, "bench: %s%s%s\n", what, value ? ": " : "",
            value ? value : "");
    exit(code);
}

void bench_give_up(const char *why)
{
    die(EXIT_BUG, why, NULL);
}

void bench_must(int rc, const struct err *e)
{
    if (rc)
        bench_give_up(e->msg);
}

void *bench_alloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p)
        bench_give_up("no memory");
    return p;
}

static uint64_t number(const char *option, const char *text, uint64_t least)
{
    uint64_t v;
    struct err e = ERR_INIT;
    if (!text)
        die(EXIT_USAGE, "needs a number", option);
    if (num_human(str_of(text), &v, &e))
        die(EXIT_USAGE, option, e.msg);
    if (v < least)
        die(EXIT_USAGE, "too small", option);
    return v;
}

/* Read one option at @argv and return how many words it took. */
static int take_option(struct bench *b, char **argv)
{
    const char *option = argv[0];
    if (strcmp(option, "--quick") == 0) {
        b->o.quick = true;
        return 1;
    }
    if (strcmp(option, "--json") == 0) {
        b->json = true;
        return 1;
    }
    if (strcmp(option, "--n") == 0) {
        b->o.n = number(option, argv[1], 1);
    } else if (strcmp(option, "--seed") == 0) {
        b->o.seed = number(option, argv[1], 0);
    } else if (strcmp(option, "--runs") == 0) {
        uint64_t runs = number(option, argv[1], 1);
        if (runs > 1000)
            die(EXIT_USAGE, "more than 1000", option);
        b->o.runs = (int)runs;
    } else {
        die(EXIT_USAGE,
            "options are --n N, --seed S, --runs R, --quick, --json; not",
            option);
    }
    return 2;
}

static uint64_t n_without_option(const struct bench *b, uint64_t n_default)
{
    if (!b->o.quick)
        return n_default;
    return n_default / 10 > N_LEAST ? n_default / 10 : N_LEAST;
}

struct bench *bench_begin(const char *name, int argc, char **argv,
                          uint64_t n_default)
{
    struct bench *b = bench_alloc(1, sizeof(*b));
    b->name = name;
    b->o.seed = 1;
    if (getloadavg(&b->load, 1) != 1)
        b->load = -1;
    for (int i = 1; i < argc;)
        i += take_option(b, argv + i);
    if (!b->o.n)
        b->o.n = n_without_option(b, n_default);
    if (!b->o.runs)
        b->o.runs = b->o.quick ? RUNS_QUICK : RUNS;
    return b;
}

const struct bench_options *bench_options(const struct bench *b)
{
    return &b->o;
}

double bench_cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_wall(void)
{
    return (double)clk_mono(clk_real()).us / 1e6;
}

struct bench_time bench_now(void)
{
    return (struct bench_time){ bench_cpu(), bench_wall() };
}

static struct series *find_or_add(struct list *l, const char *name,
                                  const char *unit)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->rows[i].name, name) == 0)
            return &l->rows[i];
    if (l->n == SERIES_MAX)
        die(EXIT_BUG, "too many results", name);
    struct series *s = &l->rows[l->n++];
    snprintf(s->name, sizeof(s->name), "%s", name);
    snprintf(s->unit, sizeof(s->unit), "%s", unit);
    return s;
}

static void observe(struct list *l, const char *name, const char *unit,
                    double value)
{
    struct series *s = find_or_add(l, name, unit);
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 16;
        double *values = realloc(s->values, cap * sizeof(*values));
        if (!values)
            die(EXIT_BUG, "no memory", name);
        s->values = values;
        s->cap = cap;
    }
    s->values[s->n++] = value;
}

void bench_result(struct bench *b, const char *name, const char *unit,
                  double value)
{
    observe(&b->results, name, unit, value);
}

void bench_peer(struct bench *b, const char *name, const char *unit,
                double value)
{
    observe(&b->peers, name, unit, value);
}

void bench_check(struct bench *b, const char *name, uint64_t value)
{
    if (b->n_checks == SERIES_MAX)
        die(EXIT_BUG, "too many checks", name);
    struct check *c = &b->checks[b->n_checks++];
    snprintf(c->name, sizeof(c->name), "%s", name);
    c->value = value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of sorted values; the mean of the middle two when their number is even. */
static double median(const struct series *s)
{
    double upper = s->values[s->n / 2];
    return s->n % 2 ? upper : (s->values[s->n / 2 - 1] + upper) / 2;
}

static void sort_all(struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        qsort(l->rows[i].values, l->rows[i].n, sizeof(double), by_value);
}

static void put_list(struct jsonw *w, const char *key, const struct list *l)
{
    jsonw_key(w, key);
    jsonw_arr(w);
    for (size_t i = 0; i < l->n; i++) {
        const struct series *s = &l->rows[i];
        jsonw_obj(w);
        jsonw_kz(w, "name", s->name);
        jsonw_kz(w, "unit", s->unit);
        jsonw_kf64(w, "min", s->values[0]);
        jsonw_kf64(w, "median", median(s));
        jsonw_kf64(w, "max", s->values[s->n - 1]);
        jsonw_obj_end(w);
    }
    jsonw_arr_end(w);
}

/* What follows ':' in the first line of /proc/cpuinfo that begins so. */
static void cpu_model(char *out, size_t n)
{
    snprintf(out, n, "unknown");
    FILE *f = fopen("/proc/cpuinfo", "r");
    if (!f)
        return;
    char line[256];
    while (fgets(line, sizeof(line), f)) {
        const char *colon = strchr(line, ':');
        if (colon && strncmp(line, "model name", 10) == 0) {
            struct str model = str_trim(str_of(colon + 1));
            snprintf(out, n, "%.*s", STR_ARG(model));
            break;
        }
    }
    fclose(f);
}

static void put_machine(struct jsonw *w, double load)
{
    char model[128];
    struct utsname u;
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_bytes = sysconf(_SC_PAGESIZE);
    cpu_model(model, sizeof(model));
    jsonw_key(w, "machine");
    jsonw_obj(w);
    jsonw_kz(w, "cpu", model);
    jsonw_ki64(w, "cores", sysconf(_SC_NPROCESSORS_ONLN));
    jsonw_ki64(w, "memoryBytes", (int64_t)pages * page_bytes);
    jsonw_kz(w, "kernel", uname(&u) ? NULL : u.release);
    jsonw_kz(w, "compiler", COMPILER);
    jsonw_kf64(w, "load", load);
    jsonw_obj_end(w);
}

/* The commit of the working folder; null where there is no git. */
static void put_commit(struct jsonw *w)
{
    char line[64] = "";
    FILE *f = popen("git describe --always --dirty --exclude '*' "
                    "--abbrev=12 2>/dev/null",
                    "r");
    if (f) {
        if (!fgets(line, sizeof(line), f))
            line[0] = '\0';
        pclose(f);
    }
    struct str commit = str_trim(str_of(line));
    jsonw_key(w, "commit");
    if (commit.n)
        jsonw_str(w, commit);
    else
        jsonw_null(w);
}

static void put_document(const struct bench *b, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_obj(&w);
    jsonw_kz(&w, "bench", b->name);
    jsonw_ku64(&w, "n", b->o.n);
    jsonw_ku64(&w, "seed", b->o.seed);
    put_machine(&w, b->load);
    put_commit(&w);
    jsonw_ki64(&w, "runs", b->o.runs);
    put_list(&w, "results", &b->results);
    put_list(&w, "peer", &b->peers);
    jsonw_key(&w, "checks");
    jsonw_obj(&w);
    for (size_t i = 0; i < b->n_checks; i++)
        jsonw_ku64(&w, b->checks[i].name, b->checks[i].value);
    jsonw_obj_end(&w);
    jsonw_obj_end(&w);
    buf_c(out, '\n');
}

static void show_list(const char *title, const struct list *l)
{
    if (l->n)
        fprintf(stderr, "%-40s %12s %12s %12s  %s\n", title, "min", "median",
                "max", "unit");
    for (size_t i = 0; i < l->n; i++) {
        const struct series *s = &l->rows[i];
        fprintf(stderr, "  %-38s %12.6g %12.6g %12.6g  %s\n", s->name,
                s->values[0], median(s), s->values[s->n - 1], s->unit);
    }
}

static void show(const struct bench *b)
{
    fprintf(stderr, "%s: n %llu, seed %llu, %d runs, load %.1f\n", b->name,
            (unsigned long long)b->o.n, (unsigned long long)b->o.seed,
            b->o.runs, b->load);
    show_list("result", &b->results);
    show_list("peer or bound", &b->peers);
    for (size_t i = 0; i < b->n_checks; i++)
        fprintf(stderr, "check %-34s %12llu\n", b->checks[i].name,
                (unsigned long long)b->checks[i].value);
}

static int exit_code(const struct bench *b)
{
    for (size_t i = 0; i < b->n_checks; i++)
        if (strcmp(b->checks[i].name, "oracleMismatches") == 0 &&
            b->checks[i].value)
            return 1;
    return 0;
}

static void free_list(struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->rows[i].values);
}

int bench_end(struct bench *b)
{
    sort_all(&b->results);
    sort_all(&b->peers);
    show(b);
    if (b->json || !isatty(STDOUT_FILENO)) {
        struct buf out = BUF_INIT(DOCUMENT_MAX);
        put_document(b, &out);
        if (out.failed)
            die(EXIT_BUG, "the document is too large", b->name);
        fwrite(out.p, 1, out.n, stdout);
        fflush(stdout);
        buf_fini(&out);
    }
    int code = exit_code(b);
    free_list(&b->results);
    free_list(&b->peers);
    free(b);
    return code;
}
