/*
 * tests/store/fault_vfs.c - see fault_vfs.h. A file of this layer is its
 * own front with the file of the system's layer behind it.
 */
#include "tests/store/fault_vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <stddef.h>

struct file {
    sqlite3_file front;
    sqlite3_file *real; /* behind this struct */
};

static struct {
    enum fault_op op;
    int left; /* calls until the first refusal; 0 = refuse */
    int code;
    int armed, fired;
} fault;

static sqlite3_vfs *real_vfs;

void fault_vfs_arm(enum fault_op op, int nth, int code)
{
    fault.op = op;
    fault.left = nth - 1;
    fault.code = code;
    fault.armed = 1;
    fault.fired = 0;
}

void fault_vfs_disarm(void)
{
    fault.armed = 0;
}

int fault_vfs_fired(void)
{
    return fault.fired;
}

static int refused(enum fault_op op)
{
    if (!fault.armed || fault.op != op)
        return SQLITE_OK;
    if (fault.left > 0) {
        fault.left--;
        return SQLITE_OK;
    }
    fault.fired = 1;
    errno = ENOSPC; /* SQLite asks for it */
    return fault.code;
}

static sqlite3_file *real(sqlite3_file *f)
{
    return ((struct file *)f)->real;
}

static int x_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int x_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    int code = refused(FAULT_READ);
    return code ? code : real(f)->pMethods->xRead(real(f), p, n, at);
}

static int x_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    int code = refused(FAULT_WRITE);
    return code ? code : real(f)->pMethods->xWrite(real(f), p, n, at);
}

static int x_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    return real(f)->pMethods->xTruncate(real(f), n);
}

static int x_sync(sqlite3_file *f, int flags)
{
    int code = refused(FAULT_SYNC);
    return code ? code : real(f)->pMethods->xSync(real(f), flags);
}

static int x_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return real(f)->pMethods->xFileSize(real(f), n);
}

static int x_lock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xLock(real(f), level);
}

static int x_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int x_reserved(sqlite3_file *f, int *held)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), held);
}

static int x_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int x_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int x_character(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int x_shm_map(sqlite3_file *f, int page, int size, int extend,
                     void volatile **p)
{
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, p);
}

static int x_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void x_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int x_shm_unmap(sqlite3_file *f, int del)
{
    return real(f)->pMethods->xShmUnmap(real(f), del);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = x_close,
    .xRead = x_read,
    .xWrite = x_write,
    .xTruncate = x_truncate,
    .xSync = x_sync,
    .xFileSize = x_size,
    .xLock = x_lock,
    .xUnlock = x_unlock,
    .xCheckReservedLock = x_reserved,
    .xFileControl = x_control,
    .xSectorSize = x_sector,
    .xDeviceCharacteristics = x_character,
    .xShmMap = x_shm_map,
    .xShmLock = x_shm_lock,
    .xShmBarrier = x_shm_barrier,
    .xShmUnmap = x_shm_unmap,
};

static int x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f,
                  int flags, int *out)
{
    (void)vfs;
    struct file *x = (struct file *)f;
    x->real = (sqlite3_file *)(x + 1);
    int code = real_vfs->xOpen(real_vfs, name, x->real, flags, out);
    f->pMethods = x->real->pMethods ? &methods : NULL;
    return code;
}

void fault_vfs_install(void)
{
    static sqlite3_vfs layer;
    real_vfs = sqlite3_vfs_find(NULL);
    layer = *real_vfs;
    layer.zName = "fault";
    layer.szOsFile = real_vfs->szOsFile + (int)sizeof(struct file);
    layer.xOpen = x_open;
    sqlite3_vfs_register(&layer, 1);
}
