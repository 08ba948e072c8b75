/* base/rnd.c - the one place that asks the system for randomness. */
#include "base/rnd.h"

#include <sys/random.h>
#include <unistd.h>

uint64_t rnd_os_seed(void)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed = rnd_mix((uint64_t)getpid());
    return seed;
}
