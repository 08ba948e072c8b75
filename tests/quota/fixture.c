/* tests/quota/fixture.c - see fixture.h. */
#include "tests/quota/fixture.h"

#include "base/cal.h"
#include "tests/t.h"

#include <stdio.h>
#include <unistd.h>

const char *const back_ends[BACK_ENDS] = { "mem", "sqlite" };

wall_t at(const char *text)
{
    wall_t t;
    struct err e = ERR_INIT;
    T_OK(cal_parse(str_of(text), &t, &e), &e);
    return t;
}

struct store *fixture_store(struct fixture *f, bool read_only)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;
    struct store_options o = { .uri = f->uri,
                               .create = !read_only,
                               .read_only = read_only,
                               .kind = STORE_LOCAL,
                               .clk = &f->clk.clk };
    T_OK(store_open(&s, &o, &e), &e);
    return s;
}

void fixture_init(struct fixture *f, int back_end)
{
    *f = (struct fixture){ .uri = "mem:" };
    const char *tmp = getenv("TMPDIR");
    snprintf(f->dir, sizeof(f->dir), "%.40s/svf-quota-XXXXXX",
             tmp ? tmp : "/tmp");
    T_TRUE("a folder", mkdtemp(f->dir) != NULL);
    if (back_end == 1)
        snprintf(f->uri, sizeof(f->uri), "sqlite:%s/s.db", f->dir);
    clk_step_init(&f->clk, at("2026-11-20T12:00:00Z"));
    f->store = fixture_store(f, false);
    struct err e = ERR_INIT;
    f->o = (struct quota_options){ .store = f->store,
                                   .project = "test",
                                   .limit = { 100, 100, 100 },
                                   .lease_units = 20 };
    T_OK(quota_rule_parse("PST8PDT,M3.2.0/2,M11.1.0/2", &f->o.rule, &e), &e);
}

void fixture_fini(struct fixture *f)
{
    static const char *const files[] = { "s.db", "s.db-wal", "s.db-shm" };
    store_close(f->store);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[96];
        snprintf(path, sizeof(path), "%s/%s", f->dir, files[i]);
        unlink(path);
    }
    rmdir(f->dir);
}

struct quota *fixture_quota(struct fixture *f)
{
    struct quota *q = NULL;
    struct err e = ERR_INIT;
    T_OK(quota_open(&q, &f->o, &e), &e);
    return q;
}

int64_t fixture_spent(struct fixture *f, enum quota_bucket b, wall_t now)
{
    struct quota_state s;
    struct err e = ERR_INIT;
    T_OK(quota_read(&f->o, now, &s, &e), &e);
    return s.bucket[b].spent;
}
