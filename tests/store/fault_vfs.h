/*
 * tests/store/fault_vfs.h - a layer under SQLite that refuses the N-th
 * write, sync or read of any file, and all later ones, as a full or dying
 * disk does. errno says ENOSPC.
 */
#ifndef SVF_TESTS_STORE_FAULT_VFS_H
#define SVF_TESTS_STORE_FAULT_VFS_H

enum fault_op { FAULT_WRITE, FAULT_SYNC, FAULT_READ, FAULT_OPS };

/* Put the layer under all connections opened from now on. */
void fault_vfs_install(void);
/* From the @nth call of @op on (1 = the next) answer SQLite's @code. */
void fault_vfs_arm(enum fault_op op, int nth, int code);
/* All is well again. */
void fault_vfs_disarm(void);
/* Was a call refused since it was armed? */
int fault_vfs_fired(void);

#endif
