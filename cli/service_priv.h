/* cli/service_priv.h - the HTTP service over one store; see cli/service.c. */
#ifndef SVF_CLI_SERVICE_PRIV_H
#define SVF_CLI_SERVICE_PRIV_H

#include "cli/cli_priv.h"

struct service; /* opaque */

/* Open index and API over @st (borrowed). RC_EXISTS: the port is in use. */
int service_open(struct service **ret, struct cli *c, struct store *st,
                 const char *listen, struct err *e) MUST_CHECK;
const char *service_url(const struct service *s);
/* Follow the store until a signal. */
void service_run(struct service *s);
/* Stop taking requests, finish those in flight, save the index. */
void service_close(struct service *s);

#endif
