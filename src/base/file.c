/* SPDX-License-Identifier: Apache-2.0 */
/* Small files and folders.
 *
 * A write goes to a hidden file beside the target, is forced to the disk, and takes the target's name in one rename; then
 * the folder is forced too. Whoever looks, also after a power cut, sees the old bytes or the new ones. Reading is bounded:
 * the size a file claims is not trusted (pipes claim none, logs grow), the bytes that come are counted. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <ftw.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"

enum { PATH_SIZE = 4096, CHUNK = 65536, OPEN_FOLDERS = 16 };

typedef struct temporary {
    int fd;
    char path[PATH_SIZE];
} temporary;

/* Sentence for errno as it stands. */
static int fail_errno(const char *doing, const char *path)
{
    const int number = errno;
    return rv__fail(number == ENOENT || number == ENOTDIR ? RV_ERR_NOTFOUND : RV_ERR_IO, "cannot %s '%s': %s", doing,
                    path, rv__text_errno(number));
}

const char *rv__path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void rv__path_stem(char *out, size_t size, const char *path)
{
    const char *base = rv__path_base(path), *dot = strrchr(base, '.');
    const size_t n = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    const size_t kept = n < size ? n : size - 1;
    memcpy(out, base, kept);
    out[kept] = '\0';
}

int rv__path_join(char *out, size_t size, const char *folder, const char *name)
{
    const size_t n = strlen(folder);
    const char *slash = n > 0 && folder[n - 1] != '/' ? "/" : "";
    if (n + strlen(slash) + strlen(name) >= size)
        return rv__fail(RV_ERR_REFUSED, "path '%.40s...%s' is longer than %zu bytes", folder, rv__path_base(name),
                        size - 1);
    snprintf(out, size, "%s%s%s", folder, slash, name);
    return RV_OK;
}

/* Folder part of a path: "." where there is none. */
static void folder_of(char out[PATH_SIZE], const char *path)
{
    const size_t n = (size_t)(rv__path_base(path) - path);
    snprintf(out, PATH_SIZE, "%.*s", n ? (int)(n > 1 ? n - 1 : n) : 1, n ? path : ".");
}

bool rv__file_exists(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0;
}

static int read_some(int fd, char *buffer, size_t room, size_t *got, const char *path)
{
    ssize_t n;
    do {
        n = read(fd, buffer, room);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail_errno("read", path);
    *got = (size_t)n;
    return RV_OK;
}

static int write_all(int fd, const char *bytes, size_t n, const char *path)
{
    while (n > 0) {
        const ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno != EINTR)
            return fail_errno("write", path);
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
    return RV_OK;
}

int rv__file_read(char **out, size_t *n, const char *path, size_t max_bytes)
{
    RV__VEC(char) bytes = { 0 };
    size_t got = 0;
    int err = RV_OK;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno("open", path);
    do {
        if ((err = RV__RESERVE(&bytes, bytes.n + CHUNK + 1)) < 0 ||
            (err = read_some(fd, bytes.v + bytes.n, CHUNK, &got, path)) < 0)
            goto fail;
        bytes.n += got;
        if (bytes.n > max_bytes) {
            err = rv__fail(RV_ERR_REFUSED, "'%s' is larger than %zu bytes", path, max_bytes);
            goto fail;
        }
    } while (got > 0);
    close(fd);
    bytes.v[bytes.n] = '\0';
    *out = bytes.v;
    *n = bytes.n;
    return RV_OK;
fail:
    rv__free(bytes.v);
    close(fd);
    return err;
}

static int temporary_open(temporary *t, const char *path)
{
    static atomic_uint serial;
    char folder[PATH_SIZE], name[PATH_SIZE];
    folder_of(folder, path);
    const int n = snprintf(name, sizeof name, ".%s.%ld.%u.tmp", rv__path_base(path), (long)getpid(),
                           atomic_fetch_add(&serial, 1));
    if (n < 0 || (size_t)n >= sizeof name)
        return rv__fail(RV_ERR_REFUSED, "path '%.40s...' is longer than %d bytes", path, PATH_SIZE - 1);
    const int err = rv__path_join(t->path, sizeof t->path, folder, name);
    if (err < 0)
        return err;
    t->fd = open(t->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return t->fd < 0 ? fail_errno("write", path) : RV_OK;
}

static void temporary_drop(temporary *t)
{
    if (t->fd >= 0)
        close(t->fd);
    unlink(t->path);
}

static void sync_folder_of(const char *path)
{
    char folder[PATH_SIZE];
    folder_of(folder, path);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd); /* some file systems cannot; the rename stands all the same */
    close(fd);
}

/* Gives the temporary file its name, or removes it. */
static int temporary_keep(temporary *t, const char *path)
{
    int failed = fsync(t->fd);
    const int number = errno;
    if (close(t->fd) != 0)
        failed = 1;
    else
        errno = number;
    t->fd = -1;
    if (failed || rename(t->path, path) != 0) {
        const int err = fail_errno("write", path);
        temporary_drop(t);
        return err;
    }
    sync_folder_of(path);
    return RV_OK;
}

int rv__file_write(const char *path, const void *bytes, size_t n)
{
    temporary t;
    int err = temporary_open(&t, path);
    if (err < 0)
        return err;
    if ((err = write_all(t.fd, bytes, n, path)) < 0) {
        temporary_drop(&t);
        return err;
    }
    return temporary_keep(&t, path);
}

int rv__file_copy(const char *to, const char *from)
{
    temporary t;
    char chunk[CHUNK];
    size_t got = 0;
    const int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno("open", from);
    int err = temporary_open(&t, to);
    if (err < 0)
        goto done;
    do {
        if ((err = read_some(fd, chunk, sizeof chunk, &got, from)) < 0 || (err = write_all(t.fd, chunk, got, to)) < 0) {
            temporary_drop(&t);
            goto done;
        }
    } while (got > 0);
    err = temporary_keep(&t, to);
done:
    close(fd);
    return err;
}

static int make_one(const char *path)
{
    struct stat facts;
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &facts) == 0 && S_ISDIR(facts.st_mode)))
        return RV_OK;
    return fail_errno("make folder", path);
}

int rv__folder_make(const char *path)
{
    char part[PATH_SIZE];
    const size_t n = strlen(path);
    if (n == 0 || n >= sizeof part)
        return rv__fail(RV_ERR_REFUSED, "folder name of %zu bytes: 1 to %d are allowed", n, PATH_SIZE - 1);
    memcpy(part, path, n + 1);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const int err = make_one(part);
        if (err < 0)
            return err;
        *slash = '/';
    }
    return make_one(part);
}

typedef RV__VEC(char *) name_list;

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_names(name_list *names, DIR *folder, const char *path)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            return errno ? fail_errno("list", path) : RV_OK;
        if (entry->d_name[0] == '.')
            continue;
        char *name = rv__strdup(entry->d_name);
        if (!name)
            return RV_ERR_NOMEM;
        if (RV__PUSH(names, name) < 0) {
            rv__free(name);
            return RV_ERR_NOMEM;
        }
    }
}

int rv__folder_each(const char *path, int (*fn)(const char *name, void *user), void *user)
{
    name_list names = { 0 };
    DIR *folder = opendir(path);
    if (!folder)
        return fail_errno("list", path);
    int code = list_names(&names, folder, path);
    closedir(folder);
    if (code == RV_OK && names.n > 0)
        qsort(names.v, names.n, sizeof *names.v, compare_names);
    for (size_t i = 0; i < names.n && code == RV_OK; i++)
        code = fn(names.v[i], user);
    for (size_t i = 0; i < names.n; i++)
        rv__free(names.v[i]);
    rv__free(names.v);
    return code;
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)facts;
    (void)kind;
    (void)place;
    return remove(path);
}

int rv__folder_remove(const char *path)
{
    return nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0 ? RV_OK : fail_errno("remove", path);
}
