/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints against the published vectors (FIPS 180-4 and NIST's long message). */
#include "base/sha256.h"

#include <unistd.h>

#include "base/mem.h"
#include "lib/test.h"

static const struct {
    const char *text, *digest;
} vectors[] = {
    { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};
static const char million_a[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(buffers_have_the_published_digests)
{
    char out[65];
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        CHECK(rv__sha256(out, vectors[i].text, strlen(vectors[i].text)) == RV_OK);
        CHECK_TEXT(out, vectors[i].digest);
    }
    char *a = rv__alloc(1000000, 1);
    memset(a, 'a', 1000000);
    CHECK(rv__sha256(out, a, 1000000) == RV_OK);
    CHECK_TEXT(out, million_a);
    rv__free(a);
}

TEST(a_file_has_the_digest_of_its_bytes)
{
    char path[] = "/tmp/revisit-sha-XXXXXX", out[65];
    const int fd = mkstemp(path);
    FILE *file = fdopen(fd, "wb");
    CHECK(file != NULL);
    for (int i = 0; i < 1000000; i++)
        putc('a', file);
    fclose(file);
    CHECK(rv__sha256_file(out, path) == RV_OK);
    CHECK_TEXT(out, million_a);
    CHECK(truncate(path, 0) == 0);
    CHECK(rv__sha256_file(out, path) == RV_OK);
    CHECK_TEXT(out, vectors[0].digest);
    unlink(path);
}

TEST(what_cannot_be_read_has_no_digest)
{
    char out[65] = "untouched";
    CHECK_FAILS(RV_ERR_NOTFOUND, rv__sha256_file(out, "/tmp/revisit-no-such-file"));
    CHECK_TEXT(rv_last_error(), "cannot open '/tmp/revisit-no-such-file': no such file or directory");
    CHECK_FAILS(RV_ERR_IO, rv__sha256_file(out, "/tmp"));
    CHECK_TEXT(out, "untouched");
}

TESTS(RUN(buffers_have_the_published_digests), RUN(a_file_has_the_digest_of_its_bytes),
      RUN(what_cannot_be_read_has_no_digest))
