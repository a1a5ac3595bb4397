/* SPDX-License-Identifier: Apache-2.0 */
/* One writer at a time: an advisory lock (flock) on case.lock, held from the begin of a run to its end. The kernel drops
 * it when the process ends, however it ends, so a killed run never leaves a case locked and no pid must be guessed alive.
 * SQLite's own lock would do for the data, but not to tell a run that is being computed from one that was cut off.
 * Readers take no lock: WAL shows them the last committed state. */
#include "case/store.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

int rv__lock_take(rv_case *c, double wait_s)
{
    char path[RV_PATH_MAX];
    int err;
    if ((err = rv__case_path(c, path, sizeof path, "case.lock")) < 0)
        return err;
    const int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return rv__fail(RV_ERR_IO, "case.lock cannot be opened: %s", strerror(errno));
    const double until_s = rv__clock() + wait_s;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (rv__stopping() < 0) {
            close(fd);
            return RV_ERR_STOPPED;
        }
        if (rv__clock() >= until_s) {
            close(fd);
            return rv__fail(RV_ERR_LOCKED, "the case is held by another process (waited %d s)", (int)wait_s);
        }
        nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
    }
    c->lock_fd = fd;
    return RV_OK;
}

void rv__lock_drop(rv_case *c)
{
    if (c->lock_fd >= 0)
        close(c->lock_fd);
    c->lock_fd = -1;
}
