/* cli/import_priv.h - the options of `svf import`, also taken by `svf top`. */
#ifndef SVF_CLI_IMPORT_PRIV_H
#define SVF_CLI_IMPORT_PRIV_H

#include "cli/cli_priv.h"

/* Read --format, --year, --foreign-ids, --rejects. */
int import_settings(struct cli *c, struct store *st, struct import_options *ret,
                    struct err *e) MUST_CHECK;
void import_settings_fini(struct import_options *o);

#endif
