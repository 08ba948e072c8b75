/*
 * tests/sim/sim_server.c - the simulator as a program, for the tests that
 * drive it from outside: prints "listening on URL", ends with its input.
 *
 *   sim_server [VIDEOS [CHANNELS [QUOTA [SEARCH_QUOTA [LATENCY_MS]]]]]
 */
#include "base/num.h"
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t argument(int argc, char **argv, int i, uint64_t def)
{
    uint64_t v;
    return i < argc && !num_u64(str_of(argv[i]), &v, NULL) ? v : def;
}

int main(int argc, char **argv)
{
    struct sim_options o = SIM_OPTIONS_INIT;
    struct err e = ERR_INIT;
    struct sim *s;
    o.listen = "127.0.0.1:0";
    o.videos = argument(argc, argv, 1, 2000);
    o.channels = argument(argc, argv, 2, 40);
    o.quota_general = (int64_t)argument(argc, argv, 3, 10000);
    o.quota_search = (int64_t)argument(argc, argv, 4, 100);
    o.latency = DUR_MS((int64_t)argument(argc, argv, 5, 0));
    if (sim_open(&s, &o, &e)) {
        fprintf(stderr, "%s\n", e.msg);
        return EXIT_FAILURE;
    }
    printf("listening on %s\n", sim_url(s));
    fflush(stdout);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    sim_close(s);
    return EXIT_SUCCESS;
}
