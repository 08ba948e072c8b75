/*
 * fuzz/driver.c - replays a corpus without a fuzzer: each file named on the
 * command line, or each file of a folder, goes through the target once.
 *
 * Rules
 *   1. an empty or missing corpus is a failure: a replay of nothing proves
 *      nothing
 *   2. each file is also fed with its last byte cut, to meet truncation
 */
#include "fuzz/fuzz.h"
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20 };

static int feed(const char *path)
{
    static uint8_t bytes[FILE_MAX];
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "cannot read %s\n", path);
        return 0;
    }
    size_t n = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    uint8_t *copy = malloc(n ? n : 1); /* exact size: overruns are seen */
    if (!copy)
        return 0;
    memcpy(copy, bytes, n);
    LLVMFuzzerTestOneInput(copy, n);
    if (n)
        LLVMFuzzerTestOneInput(copy, n - 1);
    free(copy);
    return 1;
}

static int feed_folder(const char *path)
{
    DIR *d = opendir(path);
    if (!d)
        return feed(path);
    int fed = 0;
    for (struct dirent *x; (x = readdir(d));) {
        char name[4096];
        if (x->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, x->d_name);
        fed += feed(name);
    }
    closedir(d);
    return fed;
}

int main(int argc, char **argv)
{
    int fed = 0;
    for (int i = 1; i < argc; i++)
        fed += feed_folder(argv[i]);
    printf("%d inputs replayed\n", fed);
    return fed ? EXIT_SUCCESS : EXIT_FAILURE;
}
