/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RV_BASE_SHA256_H
#define RV_BASE_SHA256_H

#include <stddef.h>

/** Lower-case hex digest. */
int rv__sha256(char out[65], const void *bytes, size_t n);
int rv__sha256_file(char out[65], const char *path); /* RV_ERR_NOTFOUND, RV_ERR_IO */

#endif
