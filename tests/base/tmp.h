/* tests/base/tmp.h - a folder for one test, and small files in it. */
#ifndef SVF_TESTS_BASE_TMP_H
#define SVF_TESTS_BASE_TMP_H

#include "tests/t.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

struct tmp {
    char folder[256];
    char path[512]; /* of the last tmp_path() */
};

static inline void tmp_open(struct tmp *t)
{
    const char *root = getenv("TMPDIR");
    snprintf(t->folder, sizeof(t->folder), "%s/svf-test-XXXXXX",
             root ? root : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(t->folder));
}

static inline int tmp_remove_one(const char *path, const struct stat *st,
                                 int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline void tmp_close(struct tmp *t)
{
    ck_assert_int_eq(nftw(t->folder, tmp_remove_one, 16, FTW_DEPTH | FTW_PHYS),
                     0);
}

static inline const char *tmp_path(struct tmp *t, const char *name)
{
    snprintf(t->path, sizeof(t->path), "%s/%s", t->folder, name);
    return t->path;
}

static inline const char *tmp_write(struct tmp *t, const char *name,
                                    const void *p, size_t n)
{
    const char *path = tmp_path(t, name);
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(p, 1, n, f), n);
    ck_assert_int_eq(fclose(f), 0);
    return path;
}

/* Entries of the folder, without "." and "..". */
static inline int tmp_count(const struct tmp *t)
{
    DIR *d = opendir(t->folder);
    ck_assert_ptr_nonnull(d);
    int n = 0;
    for (struct dirent *x; (x = readdir(d));)
        n += strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0;
    closedir(d);
    return n;
}

#endif
