/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 [fips180-4] of a buffer or a file, by libcrypto, which uses the processor's instructions for it. */
#include "base/sha256.h"

#include "base/error.h"
#include "base/text.h"

#include <openssl/evp.h>

#include <errno.h>
#include <stdio.h>

enum { DIGEST_BYTES = 32, CHUNK = 65536 };

static int fail_library(void)
{
    return rv__fail(RV_ERR_NOMEM, "libcrypto could not compute a sha-256");
}

static void to_hex(char out[65], const unsigned char digest[DIGEST_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < DIGEST_BYTES; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[64] = '\0';
}

int rv__sha256(char out[65], const void *bytes, size_t n)
{
    unsigned char digest[DIGEST_BYTES];
    if (!EVP_Digest(bytes, n, digest, NULL, EVP_sha256(), NULL))
        return fail_library();
    to_hex(out, digest);
    return RV_OK;
}

static int digest_stream(unsigned char digest[DIGEST_BYTES], EVP_MD_CTX *context, FILE *file, const char *path)
{
    char chunk[CHUNK];
    size_t n;
    if (!EVP_DigestInit_ex(context, EVP_sha256(), NULL))
        return fail_library();
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
        if (!EVP_DigestUpdate(context, chunk, n))
            return fail_library();
    if (ferror(file))
        return rv__fail(RV_ERR_IO, "cannot read '%s': %s", path, rv__text_errno(errno));
    return EVP_DigestFinal_ex(context, digest, NULL) ? RV_OK : fail_library();
}

int rv__sha256_file(char out[65], const char *path)
{
    unsigned char digest[DIGEST_BYTES];
    FILE *file = fopen(path, "rb");
    if (!file)
        return rv__fail(errno == ENOENT || errno == ENOTDIR ? RV_ERR_NOTFOUND : RV_ERR_IO, "cannot open '%s': %s", path,
                        rv__text_errno(errno));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const int err = context ? digest_stream(digest, context, file, path) : fail_library();
    EVP_MD_CTX_free(context);
    fclose(file);
    if (err == RV_OK)
        to_hex(out, digest);
    return err;
}
