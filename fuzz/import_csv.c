/*
 * fuzz/import_csv.c - any bytes as a file to import, format automatic. What
 * is refused is refused with a sentence; what is taken adds up, and taking
 * it again changes nothing.
 */
#include "fuzz/fuzz.h"
#include "miner/miner.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int file_with(const uint8_t *data, size_t size)
{
    int fd = memfd_create("import", 0);
    must(fd >= 0, "memfd_create");
    while (size) {
        ssize_t n = write(fd, data, size);
        must(n > 0, "write");
        data += n;
        size -= (size_t)n;
    }
    return fd;
}

static void check_sums(const struct import_report *r)
{
    must(r->read ==
             r->fresh + r->updated + r->sampled + r->unchanged + r->rejected,
         "the classes do not add up");
    uint64_t reasons = 0;
    for (size_t i = 0; i < r->n_reasons; i++)
        reasons += r->reasons[i].n;
    must(reasons == r->rejected, "the reasons do not add up");
    must(r->videos + r->channels == r->fresh, "new records do not add up");
}

static void import_twice(struct store *s, const char *path)
{
    struct clk_step clock;
    struct err e = ERR_INIT;
    struct import_report first, again;
    clk_step_init(&clock, wall_of_s(1795161600));
    struct import_options o = { .store = s,
                                .year = 2017,
                                .foreign_ids = true,
                                .rejects_fd = -1,
                                .progress_fd = -1,
                                .clk = &clock.clk };
    int rc = import_file(&o, path, &first, &e);
    if (rc) {
        must(e.msg[0] != '\0', "refused without a sentence");
        return;
    }
    check_sums(&first);
    must(import_file(&o, path, &again, &e) == RC_OK, "refused at last");
    check_sums(&again);
    must(again.unchanged + again.rejected == again.read,
         "a second import changed something");
    must(again.rejected == first.rejected, "refused rows differ");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct err e = ERR_INIT;
    struct store *s = NULL;
    struct store_options so = {
        .uri = "mem:", .create = true, .kind = STORE_LOCAL, .clk = clk_real()
    };
    must(store_open(&s, &so, &e) == RC_OK, e.msg);
    int fd = file_with(data, size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    import_twice(s, path);
    close(fd);
    store_close(s);
    return 0;
}
