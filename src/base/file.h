/* SPDX-License-Identifier: Apache-2.0 */
/* Small files and folders: whole reads, writes that appear at once or not at all. */
#ifndef RV_BASE_FILE_H
#define RV_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

int rv__file_read(char **out, size_t *n, const char *path, size_t max_bytes); /* terminated; free with rv__free */
int rv__file_write(const char *path, const void *bytes, size_t n);            /* temporary file, fsync, rename */
int rv__file_copy(const char *to, const char *from);                          /* same guarantees */
int rv__folder_make(const char *path); /* and its parents; there already is fine */
bool rv__file_exists(const char *path);
int rv__folder_each(const char *path, int (*fn)(const char *name, void *user),
                    void *user);         /* sorted by bytes, no dot files */
int rv__folder_remove(const char *path); /* with all in it */
/** Part after the last '/'. */
const char *rv__path_base(const char *path);
/** Base name without its last extension, cut to size. */
void rv__path_stem(char *out, size_t size, const char *path);
/** "a/b"; RV_ERR_REFUSED when longer than size. */
int rv__path_join(char *out, size_t size, const char *folder, const char *name);

#endif
