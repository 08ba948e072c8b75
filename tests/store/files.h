/* tests/store/files.h - a folder for a test, and a store in it. */
#ifndef SVF_TESTS_STORE_FILES_H
#define SVF_TESTS_STORE_FILES_H

#include "store/store.h"
#include "tests/t.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

static char files_dir[256];
static char files_path[300]; /* of the store */
static char files_uri[320];

static inline void files_set_up(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(files_dir, sizeof(files_dir), "%s/svf-store-XXXXXX",
             tmp ? tmp : "/tmp");
    T_TRUE("a folder for the test", mkdtemp(files_dir) != NULL);
    snprintf(files_path, sizeof(files_path), "%s/svf.db", files_dir);
    snprintf(files_uri, sizeof(files_uri), "sqlite:%s", files_path);
}

static inline void files_tear_down(void)
{
    DIR *d = opendir(files_dir);
    for (struct dirent *x; d && (x = readdir(d));) {
        char path[600];
        snprintf(path, sizeof(path), "%s/%s", files_dir, x->d_name);
        if (x->d_name[0] != '.' && unlink(path) != 0)
            rmdir(path);
    }
    if (d)
        closedir(d);
    rmdir(files_dir);
}

/* Open the store in the folder; the code, the store in *@ret. */
static inline int files_open(struct store **ret, bool create, struct err *e)
{
    struct store_options o = { .uri = files_uri,
                               .create = create,
                               .clk = clk_real() };
    *ret = NULL;
    return store_open(ret, &o, e);
}

static inline struct video files_video(uint64_t id, uint64_t views,
                                       const char *title)
{
    struct video v = { .h = { .key = { id, 0 } } };
    VIDEO_SET(&v, views, views);
    VIDEO_SET(&v, stats_at, 1);
    if (title)
        VIDEO_SET(&v, title, str_of(title));
    return v;
}

#endif
