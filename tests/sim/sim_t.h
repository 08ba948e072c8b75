/* tests/sim/sim_t.h - a service without sockets, and short ways to ask it. */
#ifndef SVF_TESTS_SIM_SIM_T_H
#define SVF_TESTS_SIM_SIM_T_H

#include "sim/catalog_priv.h"
#include "sim/service_priv.h"
#include "tests/t.h"

#define T_START INT64_C(1795161600) /* 2026-11-20T08:00:00Z */

/* A service over @videos generated videos with seed 7 and the key "k". */
void t_service(struct service *s, uint64_t videos, uint64_t channels);
/* The same over @store. */
void t_service_stored(struct service *s, struct store *store);
void t_service_fini(struct service *s);

/* GET @target ("videos?part=id") below /youtube/v3/ with the good key;
 * @now as the header, NULL = none. */
void t_ask(struct service *s, const char *target, const char *now,
           struct answer *ret);
/* Ask, check the status, parse the body. */
struct jsonr *t_json(struct service *s, const char *target, const char *now,
                     int status);
/* The text at @path of @v; "" when absent. */
struct str t_text(const struct jsonr *v, const char *path);
/* error.errors[0].reason of a body. */
struct str t_reason(const struct jsonr *v);
/* Ids of all videos told at @now ("" = start), in the catalogue's order;
 * free() them. */
uint64_t *t_catalog(struct service *s, int64_t now, size_t *n);
/* Units spent on the day of the start. */
int64_t t_spent(struct service *s, enum ledger_bucket b);

#endif
