/* cli/import_priv.h - the options of `svf import`, also taken by `svf top`. */
#ifndef SVF_CLI_IMPORT_PRIV_H
#define SVF_CLI_IMPORT_PRIV_H

#include "cli/cli_priv.h"

/* Read --format, --year, --foreign-ids, and open the file of --rejects; the
 * caller sets the store, and ends it with import_settings_fini(). Exit code
 * 64, or 73 when the file cannot be made. */
int import_settings(struct cli *c, struct import_options *ret,
                    struct err *e) MUST_CHECK;
void import_settings_fini(struct import_options *o);

#endif
