/* SPDX-License-Identifier: Apache-2.0 */
/* Small files and folders, in a folder of the test's own. */
#include "base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "lib/oom.h"

enum { PATH = 512 };

static char root[] = "/tmp/revisit-file-XXXXXX";

static const char *in_root(const char *name)
{
    static char path[4][PATH];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], PATH, "%s/%s", root, name);
    return path[turn];
}

static void begin(void)
{
    snprintf(root, sizeof root, "%s", "/tmp/revisit-file-XXXXXX");
    CHECK(mkdtemp(root) != NULL);
}

static void end(void)
{
    CHECK(rv__folder_remove(root) == RV_OK);
    CHECK(!rv__file_exists(root));
}

static bool holds(const char *path, const char *expected)
{
    char *text = NULL;
    size_t n = 0;
    const bool same =
        rv__file_read(&text, &n, path, 1 << 20) == RV_OK && n == strlen(expected) && strcmp(text, expected) == 0;
    rv__free(text);
    return same;
}

static int count_name(const char *name, void *user)
{
    char *all = user;
    strcat(all, name);
    strcat(all, " ");
    return strcmp(name, "stop") == 0 ? RV_ERR_STOPPED : RV_OK;
}

TEST(a_written_file_reads_back_and_replaces_the_old_one)
{
    begin();
    const char *path = in_root("a.txt");
    CHECK(rv__file_write(path, "first", 5) == RV_OK);
    CHECK(holds(path, "first"));
    CHECK(rv__file_write(path, "second one", 10) == RV_OK);
    CHECK(holds(path, "second one"));
    CHECK(rv__file_write(path, "", 0) == RV_OK);
    CHECK(holds(path, ""));
    end();
}

TEST(a_large_file_comes_back_byte_by_byte)
{
    begin();
    const size_t n = 300001;
    char *bytes = rv__alloc(n, 1), *back = NULL;
    size_t got = 0;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(i * 7 % 251);
    CHECK(rv__file_write(in_root("big"), bytes, n) == RV_OK);
    CHECK(rv__file_copy(in_root("copy"), in_root("big")) == RV_OK);
    CHECK(rv__file_read(&back, &got, in_root("copy"), n) == RV_OK);
    CHECK(got == n && back && memcmp(back, bytes, n) == 0 && back[n] == '\0');
    rv__free(back);
    back = NULL;
    CHECK_FAILS(RV_ERR_REFUSED, rv__file_read(&back, &got, in_root("copy"), n - 1));
    CHECK(back == NULL);
    rv__free(bytes);
    end();
}

TEST(a_failed_write_leaves_the_old_file_and_nothing_beside_it)
{
    begin();
    char names[PATH] = "";
    CHECK(rv__folder_make(in_root("target/inside")) == RV_OK);
    CHECK_FAILS(RV_ERR_IO, rv__file_write(in_root("target"), "x", 1)); /* a folder is in the way */
    CHECK_FAILS(RV_ERR_NOTFOUND, rv__file_write(in_root("absent/file"), "x", 1));
    CHECK(strstr(rv_last_error(), "no such file or directory") != NULL);
    CHECK_FAILS(RV_ERR_NOTFOUND, rv__file_copy(in_root("copy"), in_root("absent")));
    CHECK_FAILS(RV_ERR_IO, rv__file_copy(in_root("copy"), in_root("target"))); /* a folder cannot be read */
    CHECK(rv__folder_each(root, count_name, names) == RV_OK);
    CHECK_TEXT(names, "target ");
    char list[PATH * 2];
    snprintf(list, sizeof list, "test -z \"$(find %s -name '.*' -type f)\"", root);
    CHECK(system(list) == 0); /* no temporary file is left */
    end();
}

TEST(what_is_not_there_is_not_found)
{
    begin();
    char *text = NULL;
    size_t n;
    CHECK_FAILS(RV_ERR_NOTFOUND, rv__file_read(&text, &n, in_root("absent"), 10));
    CHECK_FAILS(RV_ERR_IO, rv__file_read(&text, &n, root, 10));
    CHECK_FAILS(RV_ERR_NOTFOUND, rv__folder_each(in_root("absent"), count_name, NULL));
    CHECK_FAILS(RV_ERR_NOTFOUND, rv__folder_remove(in_root("absent")));
    CHECK(!rv__file_exists(in_root("absent")));
    CHECK(rv__file_exists(root));
    end();
}

TEST(folders_are_made_with_their_parents_and_may_be_there_already)
{
    begin();
    CHECK(rv__folder_make(in_root("a/b/c")) == RV_OK);
    CHECK(rv__folder_make(in_root("a/b/c")) == RV_OK);
    CHECK(rv__folder_make(in_root("a//b/d/")) == RV_OK);
    CHECK(rv__file_exists(in_root("a/b/d")));
    CHECK(rv__file_write(in_root("a/file"), "x", 1) == RV_OK);
    CHECK_FAILS(RV_ERR_IO, rv__folder_make(in_root("a/file")));
    CHECK_FAILS(RV_ERR_IO, rv__folder_make(in_root("a/file/below")));
    CHECK_FAILS(RV_ERR_REFUSED, rv__folder_make(""));
    end();
}

TEST(names_come_in_order_of_bytes_without_dot_files)
{
    begin();
    const char *names[] = { "b", "a10", "a2", "B", ".hidden", "\xc3\xa4", "z" };
    char all[PATH] = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK(rv__file_write(in_root(names[i]), "", 0) == RV_OK);
    CHECK(rv__folder_each(root, count_name, all) == RV_OK);
    CHECK_TEXT(all, "B a10 a2 b z \xc3\xa4 ");
    CHECK(rv__file_write(in_root("stop"), "", 0) == RV_OK);
    all[0] = '\0';
    CHECK_FAILS(RV_ERR_STOPPED, rv__folder_each(root, count_name, all));
    CHECK_TEXT(all, "B a10 a2 b stop ");
    end();
}

TEST(removing_a_folder_does_not_follow_links_out_of_it)
{
    begin();
    CHECK(rv__folder_make(in_root("kept")) == RV_OK && rv__folder_make(in_root("gone/deep")) == RV_OK);
    CHECK(rv__file_write(in_root("kept/file"), "safe", 4) == RV_OK);
    CHECK(symlink(in_root("kept"), in_root("gone/deep/link")) == 0);
    CHECK(rv__folder_remove(in_root("gone")) == RV_OK);
    CHECK(!rv__file_exists(in_root("gone")));
    CHECK(holds(in_root("kept/file"), "safe"));
    end();
}

TEST(paths_are_taken_apart_and_joined)
{
    char out[16];
    CHECK_TEXT(rv__path_base("a/b/c.tif"), "c.tif");
    CHECK_TEXT(rv__path_base("c.tif"), "c.tif");
    CHECK_TEXT(rv__path_base("a/"), "");
    rv__path_stem(out, sizeof out, "a.b/2022_05.x.jpg");
    CHECK_TEXT(out, "2022_05.x");
    rv__path_stem(out, sizeof out, "/data/2000TM");
    CHECK_TEXT(out, "2000TM");
    rv__path_stem(out, sizeof out, ".hidden");
    CHECK_TEXT(out, ".hidden");
    rv__path_stem(out, 4, "long_name.tif");
    CHECK_TEXT(out, "lon");
    CHECK(rv__path_join(out, sizeof out, "a", "b") == RV_OK);
    CHECK_TEXT(out, "a/b");
    CHECK(rv__path_join(out, sizeof out, "a/", "b") == RV_OK);
    CHECK_TEXT(out, "a/b");
    CHECK(rv__path_join(out, sizeof out, "", "b") == RV_OK);
    CHECK_TEXT(out, "b");
    CHECK(rv__path_join(out, sizeof out, "1234567", "1234567") == RV_OK);
    CHECK_FAILS(RV_ERR_REFUSED, rv__path_join(out, sizeof out, "1234567", "12345678"));
    CHECK_TEXT(out, "1234567/1234567");
}

static int ignore_name(const char *name, void *user)
{
    (void)name;
    (void)user;
    return RV_OK;
}

static int read_and_list(void *user)
{
    char *text = NULL;
    size_t n;
    int err = rv__file_read(&text, &n, user, 1 << 20);
    rv__free(text);
    return err < 0 ? err : rv__folder_each(root, ignore_name, NULL);
}

TEST(reading_and_listing_survive_any_failed_allocation)
{
    begin();
    char path[PATH];
    snprintf(path, sizeof path, "%s", in_root("a"));
    for (int i = 0; i < 20; i++) {
        char name[8];
        snprintf(name, sizeof name, "%c", 'a' + i);
        CHECK(rv__file_write(in_root(name), "text", 4) == RV_OK);
    }
    CHECK_SURVIVES_OOM(read_and_list, path);
    end();
}

TESTS(RUN(a_written_file_reads_back_and_replaces_the_old_one), RUN(a_large_file_comes_back_byte_by_byte),
      RUN(a_failed_write_leaves_the_old_file_and_nothing_beside_it), RUN(what_is_not_there_is_not_found),
      RUN(folders_are_made_with_their_parents_and_may_be_there_already),
      RUN(names_come_in_order_of_bytes_without_dot_files), RUN(removing_a_folder_does_not_follow_links_out_of_it),
      RUN(paths_are_taken_apart_and_joined), RUN(reading_and_listing_survive_any_failed_allocation))
