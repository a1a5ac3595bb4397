/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in and out: getters, refusals, round trips of described structs, and random damage. */
#include "base/json.h"

#include "described.h"
#include "base/rng.h"
#include "lib/oom.h"

static const char document[] =
    "\xef\xbb\xbf{ \"type\": \"Feature\", \"n\": -1.5e2, \"big\": 18446744073709551616, \"yes\": true, \"no\": null,\n"
    "  \"properties\": { \"view:sun_azimuth\": 151.5, \"deep\": { \"er\": [ 1, \"two\", [ 3 ] ] } }, \"text\": "
    "\"\\u00e9\" }";

static rv__json *parse(const char *text)
{
    rv__json *root = NULL;
    CHECK(rv__json_parse(&root, text, strlen(text)) == RV_OK);
    return root;
}

TEST(a_tree_is_read_by_key_path_and_index)
{
    rv__json *root = parse(document);
    CHECK_TEXT(rv__json_text(rv__json_get(root, "type")), "Feature");
    CHECK_NEAR(rv__json_number(rv__json_get(root, "n")), -150, 0);
    CHECK_NEAR(rv__json_number(rv__json_get(root, "big")), 18446744073709551616.0, 0);
    CHECK_NEAR(rv__json_number(rv__json_path(root, "properties/view:sun_azimuth")), 151.5, 0);
    const rv__json *list = rv__json_path(root, "properties/deep/er");
    CHECK(rv__json_size(list) == 3 && rv__json_is(list, 'a'));
    CHECK_NEAR(rv__json_number(rv__json_at(list, 0)), 1, 0);
    CHECK_TEXT(rv__json_text(rv__json_at(list, 1)), "two");
    CHECK_NEAR(rv__json_number(rv__json_at(rv__json_at(list, 2), 0)), 3, 0);
    CHECK_TEXT(rv__json_text(rv__json_get(root, "text")), "\xc3\xa9");
    CHECK(rv__json_size(root) == 7 && rv__json_is(root, 'o'));
    CHECK(rv__json_is(rv__json_get(root, "yes"), 'b') && rv__json_is(rv__json_get(root, "no"), 'z'));
    CHECK(rv__json_is(rv__json_get(root, "n"), 'n') && rv__json_is(rv__json_get(root, "type"), 's'));
    CHECK(!rv__json_is(root, '?'));
    rv__json_free(root);
}

TEST(what_is_absent_or_of_another_type_is_nothing)
{
    rv__json *root = parse(document);
    CHECK(rv__json_get(root, "absent") == NULL && rv__json_path(root, "type/absent") == NULL);
    CHECK(rv__json_path(root, "properties//deep") == NULL && rv__json_path(root, "") == NULL);
    CHECK(rv__json_at(root, 0) == NULL && rv__json_at(rv__json_path(root, "properties/deep/er"), 3) == NULL);
    CHECK(rv__json_text(root) == NULL && isnan(rv__json_number(rv__json_get(root, "type"))));
    CHECK(rv__json_size(rv__json_get(root, "type")) == 0);
    rv__json_free(root);

    CHECK(rv__json_get(NULL, "a") == NULL && rv__json_path(NULL, "a/b") == NULL && rv__json_at(NULL, 0) == NULL);
    CHECK(rv__json_text(NULL) == NULL && isnan(rv__json_number(NULL)) && rv__json_size(NULL) == 0);
    CHECK(!rv__json_is(NULL, 'o') && !rv__json_is(NULL, 'z'));
    CHECK(rv__json_each(NULL, NULL, NULL) == RV_OK);
    rv__json_free(NULL);
}

static int add_key(const char *key, const rv__json *value, void *user)
{
    (void)value;
    strcat(user, key);
    return strcmp(key, "stop") == 0 ? RV_ERR_STOPPED : RV_OK;
}

TEST(members_are_visited_in_file_order_until_one_says_stop)
{
    char keys[64] = "";
    rv__json *root = parse("{\"z\":1,\"a\":2,\"m\":3,\"b\":4}");
    CHECK(rv__json_each(root, add_key, keys) == RV_OK);
    CHECK_TEXT(keys, "zamb");
    rv__json_free(root);
    root = parse("{\"z\":1,\"stop\":2,\"m\":3}");
    keys[0] = '\0';
    CHECK_FAILS(RV_ERR_STOPPED, rv__json_each(root, add_key, keys));
    CHECK_TEXT(keys, "zstop");
    rv__json_free(root);
}

TEST(broken_json_is_refused_with_its_place)
{
    static const char *const bad[] = {
        "",
        "{",
        "}",
        "{\"a\":}",
        "{\"a\":1,}",
        "[1,]",
        "[1 2]",
        "{a:1}",
        "{'a':1}",
        "[01]",
        "[1e999]",
        "[NaN]",
        "[Infinity]",
        "[0x10]",
        "{\"a\":1,\"a\":2}",
        "[\"\\ud800\"]",
        "[\"\xff\"]",
        "[\"a\nb\"]",
        "[1] x",
        "nul",
        "[\"\\u0000\"]",
        "// c\n[]",
        "1",
        "\"text\"",
        "\xff\xfe[\0]\0",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rv__json *root = NULL;
        CHECK_FAILS(RV_ERR_FORMAT, rv__json_parse(&root, bad[i], strlen(bad[i])));
        CHECK(root == NULL);
        CHECK(strstr(rv_last_error(), "json is broken at line ") == rv_last_error());
    }
    rv__json *root = NULL;
    CHECK_FAILS(RV_ERR_FORMAT, rv__json_parse(&root, "{\n \"a\": tru }", 13));
    CHECK(strstr(rv_last_error(), "line 2, column ") != NULL);
    CHECK_FAILS(RV_ERR_FORMAT, rv__json_parse(&root, "[1]\0", 4)); /* a zero byte is no end of file */
}

TEST(nesting_is_bounded_at_64)
{
    char text[400];
    for (size_t depth = 63; depth <= 66; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        rv__json *root = NULL;
        const int code = rv__json_parse(&root, text, 2 * depth);
        CHECK(code == (depth <= 64 ? RV_OK : RV_ERR_REFUSED));
        rv__json_free(root);
    }
    char brackets[] = "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[\", []]";
    rv__json *root = parse(brackets); /* brackets within text do not nest */
    rv__json_free(root);
}

static void fill(sample *s)
{
    static const char *const text[] = { "40.25", "0.1",  "-2",  "1,2,3,4", "1.5,,3",
                                        "false", "s\"1", "a/b", "road",    "2022-05-16T10:18:15.5Z" };
    for (size_t i = 0; i < sample_fields.n; i++)
        CHECK(rv_field_parse(&sample_rows[i], s, text[i]) == RV_OK);
}

TEST(a_struct_is_written_in_order_of_its_rows)
{
    sample s = SAMPLE_INIT;
    rv__str text = { 0 };
    rv__json_from_fields(&text, &sample_fields, &s);
    CHECK_TEXT(text.s, "{\"min_area_m2\": 25, \"gsd_m\": null, \"count\": 3, \"box\": [0, 0, 10, 10], "
                       "\"gt\": [1, 0.5, -0.5], \"inventory\": true, \"id\": \"none\", \"reference\": null, "
                       "\"kind\": \"portal_works\", \"t_min\": \"1970-01-01T00:00:00Z\"}");
    rv__str_release(&text);
    fill(&s);
    rv__json_members(&text, &sample_fields, &s);
    CHECK_TEXT(text.s, "\"min_area_m2\": 40.25, \"gsd_m\": 0.1, \"count\": -2, \"box\": [1, 2, 3, 4], "
                       "\"gt\": [1.5, null, 3], \"inventory\": false, \"id\": \"s\\\"1\", \"reference\": \"a/b\", "
                       "\"kind\": \"road\", \"t_min\": \"2022-05-16T10:18:15.5Z\"");
    rv__str_release(&text);
}

TEST(a_struct_comes_back_from_its_json)
{
    for (int filled = 0; filled < 2; filled++) {
        sample s = SAMPLE_INIT, back = SAMPLE_INIT;
        rv__str text = { 0 };
        if (filled)
            fill(&s);
        else
            fill(&back); /* all of it must be overwritten */
        rv__json_from_fields(&text, &sample_fields, &s);
        rv__json *root = parse(text.s);
        CHECK(rv__json_to_fields(root, &sample_fields, &back) == RV_OK);
        for (size_t i = 0; i < sample_fields.n; i++)
            CHECK(rv_field_equal(&sample_rows[i], &s, &back));
        rv__json_free(root);
        rv__str_release(&text);
    }
}

TEST(missing_members_keep_their_value)
{
    sample s = SAMPLE_INIT;
    rv__json *root = parse("{\"count\": 9}");
    CHECK(rv__json_to_fields(root, &sample_fields, &s) == RV_OK);
    CHECK(s.count == 9 && s.min_area_m2 == 25 && s.box[3] == 10);
    rv__json_free(root);
}

static const struct {
    const char *text;
    int code;
    const char *sentence;
} wrong[] = {
    { "[]", RV_ERR_FORMAT, "sample must be an object" },
    { "{\"other\": 1}", RV_ERR_FORMAT, "'other' is no field of sample" },
    { "{\"min-area-m2\": 1}", RV_ERR_FORMAT, "'min-area-m2' is no field of sample" },
    { "{\"min_area_m2\": \"1\"}", RV_ERR_FORMAT, "'min_area_m2' must be a number or null" },
    { "{\"min_area_m2\": -1}", RV_ERR_RANGE, "min_area_m2 must lie in [0, 1e+07] m2, not -1" },
    { "{\"count\": 1.5}", RV_ERR_FORMAT, "'count' must be an integer" },
    { "{\"count\": null}", RV_ERR_FORMAT, "'count' must be an integer" },
    { "{\"count\": 1e10}", RV_ERR_FORMAT, "'count' must be an integer" },
    { "{\"box\": [1, 2, 3]}", RV_ERR_FORMAT, "'box' must be a list of 4 numbers" },
    { "{\"box\": [1, 2, 3, null]}", RV_ERR_FORMAT, "'box' must be an integer" },
    { "{\"box\": [1, 2, 3, 101]}", RV_ERR_RANGE, "box must lie in [0, 100] px, not 101" },
    { "{\"inventory\": 1}", RV_ERR_FORMAT, "'inventory' must be true or false" },
    { "{\"id\": null}", RV_ERR_FORMAT, "'id' must be text" },
    { "{\"id\": \"12345678\"}", RV_ERR_RANGE, "id may hold 7 bytes, not 8" },
    { "{\"reference\": 7}", RV_ERR_FORMAT, "'reference' must be text" },
    { "{\"kind\": \"house\"}", RV_ERR_RANGE, "kind must be one of new, portal_works, road, not 'house'" },
    { "{\"t_min\": 7}", RV_ERR_FORMAT, "'t_min' must be a time or null" },
};

TEST(json_that_does_not_fit_is_refused_and_changes_nothing)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[128]; /* with a good member in front, which must not be taken over either */
        snprintf(text, sizeof text, wrong[i].text[0] == '{' ? "{\"gsd_m\": 7, %s" : "%s",
                 wrong[i].text + (wrong[i].text[0] == '{'));
        rv__json *root = parse(text);
        sample s = SAMPLE_INIT;
        CHECK_FAILS(wrong[i].code, rv__json_to_fields(root, &sample_fields, &s));
        CHECK_TEXT(rv_last_error(), wrong[i].sentence);
        for (size_t k = 0; k < sample_fields.n; k++)
            CHECK(rv_field_equal(&sample_rows[k], &s, &sample_defaults));
        rv__json_free(root);
    }
}

static int walk(const char *key, const rv__json *value, void *user)
{
    size_t *seen = user;
    *seen += key != NULL;
    for (size_t i = 0; i < rv__json_size(value); i++)
        walk(NULL, rv__json_at(value, i), user);
    return rv__json_each(value, walk, user);
}

/* Bytes of a good document are exchanged, cut out or doubled: it is refused with a sentence, or can be walked. */
TEST(random_damage_is_refused_or_can_be_walked)
{
    static const char letters[] = "{}[]\",:\\u0019eE+-.truefalsn \n\xff\xc3";
    rv__rng rng;
    rv__rng_init(&rng, 41, 0, 0, 0);
    int accepted = 0, refused = 0;
    for (int i = 0; i < 30000; i++) {
        char text[sizeof document + 64];
        size_t n = sizeof document - 1, seen = 0;
        memcpy(text, document, n);
        for (uint32_t k = rv__rng_below(&rng, 4); k > 0; k--) {
            const size_t at = rv__rng_below(&rng, (uint32_t)n), run = rv__rng_below(&rng, 8);
            const uint32_t what = rv__rng_below(&rng, 4);
            if (what == 0 && at + run < n) {
                memmove(text + at, text + at + run, n - at - run);
                n -= run;
            } else if (what == 1) {
                memmove(text + at + 1, text + at, n - at);
                n++;
            }
            text[at] = letters[rv__rng_below(&rng, sizeof letters - 1)];
        }
        rv__json *root = NULL;
        sample s = SAMPLE_INIT;
        const int code = rv__json_parse(&root, text, n);
        CHECK(code == RV_OK ? root != NULL : root == NULL && code == RV_ERR_FORMAT);
        if (root)
            walk(NULL, root, &seen);
        CHECK(rv__json_to_fields(root, &sample_fields, &s) < 0);
        accepted += code == RV_OK;
        refused += code != RV_OK;
        rv__json_free(root);
    }
    CHECK(accepted > 1000 && refused > 1000);
}

TEST(a_file_is_loaded_and_named_in_the_refusal)
{
    char path[] = "/tmp/revisit-json-XXXXXX", expected[64];
    FILE *file = fdopen(mkstemp(path), "wb");
    CHECK(file != NULL);
    fputs("[1,", file);
    fclose(file);
    rv__json *root = NULL;
    CHECK_FAILS(RV_ERR_FORMAT, rv__json_load(&root, path));
    snprintf(expected, sizeof expected, "%s: json is broken at line 1", path);
    CHECK(strncmp(rv_last_error(), expected, strlen(expected)) == 0);
    file = fopen(path, "wb");
    fputs("[1, 2]", file);
    fclose(file);
    CHECK(rv__json_load(&root, path) == RV_OK);
    CHECK(rv__json_size(root) == 2);
    rv__json_free(root);
    remove(path);
    CHECK_FAILS(RV_ERR_NOTFOUND, rv__json_load(&root, path));
}

TEST(hostile_files_are_refused)
{
    static const char *const names[] = { "bom_utf16",    "deep_array_1M", "deep_obj",    "dup_keys",
                                         "invalid_utf8", "nul",           "num_1e999999" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char relative[96];
        snprintf(relative, sizeof relative, "data/corrupt/made/json/%s.json", names[i]);
        const char *path = test_shared(relative);
        if (!path)
            SKIP("no shared data");
        rv__json *root = NULL;
        const int code = rv__json_load(&root, path);
        if (code != RV_ERR_FORMAT && code != RV_ERR_REFUSED)
            printf("# %s gave %s\n", relative, rv_status_name(code));
        CHECK(code == RV_ERR_FORMAT || code == RV_ERR_REFUSED);
        CHECK(root == NULL);
    }
}

static int read_and_write(void *user)
{
    sample s = SAMPLE_INIT;
    rv__json *root = NULL;
    rv__str text = { 0 };
    rv__json_from_fields(&text, &sample_fields, user);
    int err = text.err;
    if (err == RV_OK)
        err = rv__json_parse(&root, text.s, text.len);
    if (err == RV_OK)
        err = rv__json_to_fields(root, &sample_fields, &s);
    rv__json_free(root);
    rv__str_release(&text);
    return err;
}

TEST(json_survives_any_failed_allocation)
{
    sample s = SAMPLE_INIT;
    CHECK_SURVIVES_OOM(read_and_write, &s);
}

TESTS(RUN(a_tree_is_read_by_key_path_and_index), RUN(what_is_absent_or_of_another_type_is_nothing),
      RUN(members_are_visited_in_file_order_until_one_says_stop), RUN(broken_json_is_refused_with_its_place),
      RUN(nesting_is_bounded_at_64), RUN(a_struct_is_written_in_order_of_its_rows),
      RUN(a_struct_comes_back_from_its_json), RUN(missing_members_keep_their_value),
      RUN(json_that_does_not_fit_is_refused_and_changes_nothing), RUN(random_damage_is_refused_or_can_be_walked),
      RUN(a_file_is_loaded_and_named_in_the_refusal), RUN(hostile_files_are_refused),
      RUN(json_survives_any_failed_allocation))
