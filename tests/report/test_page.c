/* SPDX-License-Identifier: Apache-2.0 */
/* The page as text: what is escaped, what leads where, what is folded, and that nothing points outside. */
#include "base/mem.h"
#include "base/rng.h"
#include "lib/test.h"
#include "report/block.h"

static char *page_of(const rv__blocks *blocks)
{
    rv__str out = { 0 };
    rv__html_page(&out, blocks);
    return rv__str_take(&out);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

TEST(texts_from_files_cannot_become_markup)
{
    static const char evil[] = "<script>alert(1)</script> \"a\" & 'b'";
    rv__blocks blocks = { 0 };
    for (int kind = RV__BLOCK_TITLE; kind <= RV__BLOCK_CODE; kind++)
        CHECK(rv__blocks_text(&blocks, (rv__block_kind)kind, evil) == RV_OK);
    rv__block *table = rv__blocks_add(&blocks, RV__BLOCK_TABLE);
    table->columns = 1;
    CHECK(rv__block_cell(table, evil) == RV_OK && rv__block_cell(table, evil) == RV_OK);
    CHECK((table->fold = rv__strdup(evil)) != NULL);
    char *page = page_of(&blocks);
    CHECK(count(page, "<script>") == 1); /* our own */
    CHECK(count(page, "alert(1)") == count(page, "&lt;script&gt;alert(1)&lt;/script&gt; &quot;a&quot; &amp;"));
    CHECK(count(page, "alert(1)") == blocks.n + 3); /* title element, fold, heading cell */
    rv__free(page);
    rv__blocks_release(&blocks);
}

TEST(a_caption_is_escaped_in_the_alternative_text_too)
{
    rv__blocks blocks = { 0 };
    CHECK(rv__blocks_text(&blocks, RV__BLOCK_PICTURE, "a\" onerror=\"b") == RV_OK);
    char *page = page_of(&blocks);
    CHECK(strstr(page, "onerror=\"") == NULL);
    CHECK(count(page, "a&quot; onerror=&quot;b") == 3); /* alternative text, caption, and the page's title */
    rv__free(page);
    rv__blocks_release(&blocks);
}

TEST(the_page_refers_to_nothing_outside)
{
    rv__blocks blocks = { 0 };
    CHECK(rv__blocks_text(&blocks, RV__BLOCK_TITLE, "site") == RV_OK);
    CHECK(rv__blocks_text(&blocks, RV__BLOCK_PAIR, "caption") == RV_OK);
    char *page = page_of(&blocks);
    CHECK(strstr(page, "http:") == NULL && strstr(page, "https:") == NULL && strstr(page, "//") == NULL);
    CHECK(strstr(page, "default-src 'none'") != NULL);
    CHECK(count(page, " src=\"") == count(page, " src=\"data:"));
    rv__free(page);
    rv__blocks_release(&blocks);
}

TEST(numbers_of_changes_lead_to_their_pictures_where_there_are_any)
{
    rv__blocks blocks = { 0 };
    CHECK(rv__blocks_text(&blocks, RV__BLOCK_LEAD,
                          "Two.\nA hall (no.\xC2\xA0"
                          "1).\nA house (no.\xC2\xA0"
                          "2).\nOdd (no.\xC2\xA0x).") == RV_OK);
    blocks.v[0].links = 1;
    char *page = page_of(&blocks);
    CHECK(strstr(page, "<li>A hall <a href=\"#c1\">(no.\xC2\xA0"
                       "1)</a>.</li>") != NULL);
    CHECK(strstr(page, "<li>A house (no.\xC2\xA0"
                       "2).</li>") != NULL);
    CHECK(strstr(page, "<li>Odd (no.\xC2\xA0x).</li>") != NULL);
    rv__free(page);
    rv__blocks_release(&blocks);
}

TEST(a_lead_opens_large_and_lists_the_rest_under_its_headings)
{
    rv__blocks blocks = { 0 };
    CHECK(rv__blocks_text(&blocks, RV__BLOCK_LEAD, "Opening.\nOne.\nThe largest:\nTwo.\n") == RV_OK);
    char *page = page_of(&blocks);
    CHECK(strstr(page, "<p class=\"deck\">Opening.</p>\n<ul>\n<li>One.</li>\n</ul>\n<p>The largest:</p>\n<ul>\n"
                       "<li>Two.</li>\n</ul>\n") != NULL);
    rv__free(page);
    rv__blocks_release(&blocks);
}

TEST(what_is_folded_can_be_opened)
{
    rv__blocks blocks = { 0 };
    CHECK(rv__blocks_text(&blocks, RV__BLOCK_CODE, "line") == RV_OK);
    CHECK((blocks.v[0].fold = rv__strdup("Hashes")) != NULL);
    char *page = page_of(&blocks);
    CHECK(strstr(page, "<details><summary>Hashes</summary>\n<pre>line</pre>\n</details>") != NULL);
    rv__free(page);
    rv__blocks_release(&blocks);
}

/* RFC 4648, section 10. */
TEST(base64_follows_the_examples_of_its_standard)
{
    static const char *const table[][2] = { { "", "" },
                                            { "f", "Zg==" },
                                            { "fo", "Zm8=" },
                                            { "foo", "Zm9v" },
                                            { "foob", "Zm9vYg==" },
                                            { "fooba", "Zm9vYmE=" },
                                            { "foobar", "Zm9vYmFy" } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        rv__str out = { 0 };
        rv__html_base64(&out, (const uint8_t *)table[i][0], strlen(table[i][0]));
        CHECK_TEXT(out.s ? out.s : "", table[i][1]);
        rv__str_release(&out);
    }
}

static int value_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return (int)(strchr(digits, c) - digits);
}

TEST(base64_of_long_bytes_reads_back_bit_by_bit)
{
    enum { N = 5000 };
    static uint8_t bytes[N];
    rv__rng rng;
    rv__rng_init(&rng, 3, 0, 0, 0);
    for (int i = 0; i < N; i++)
        bytes[i] = (uint8_t)rv__rng_u32(&rng);
    rv__str out = { 0 };
    rv__html_base64(&out, bytes, N);
    CHECK(out.len == (N + 2) / 3 * 4);
    int differ = 0;
    for (int bit = 0; bit < 8 * N; bit++)
        differ += (value_of(out.s[bit / 6]) >> (5 - bit % 6) & 1) != (bytes[bit / 8] >> (7 - bit % 8) & 1);
    CHECK(differ == 0);
    rv__str_release(&out);
}

TESTS(RUN(texts_from_files_cannot_become_markup), RUN(a_caption_is_escaped_in_the_alternative_text_too),
      RUN(the_page_refers_to_nothing_outside), RUN(numbers_of_changes_lead_to_their_pictures_where_there_are_any),
      RUN(a_lead_opens_large_and_lists_the_rest_under_its_headings), RUN(what_is_folded_can_be_opened),
      RUN(base64_follows_the_examples_of_its_standard), RUN(base64_of_long_bytes_reads_back_bit_by_bit))
