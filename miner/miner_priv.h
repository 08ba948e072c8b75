/* miner/miner_priv.h - the counters of the folder. */
#ifndef SVF_MINER_MINER_PRIV_H
#define SVF_MINER_MINER_PRIV_H

#include "miner/miner.h"

enum {
#define CTR CTR_ENUM
#include "miner/counters.def"
#undef CTR
};
extern struct ctr miner_ctr[];

#endif
