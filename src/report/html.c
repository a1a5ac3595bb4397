/* SPDX-License-Identifier: Apache-2.0 */
/* The page: one file that needs nothing from elsewhere and sends nothing anywhere. Pictures are data addresses; the slider
 * is a range input, so that the keyboard works it; without script both pictures stand side by side. All text from files is
 * escaped. page.css and page.js are built in. */
#include "report/block.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

extern const char rv__page_css[], rv__page_js[]; /* made by tools/embed.py */

static const char head[] = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                           "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n";

static const char tools[] = "<div class=\"tools\"><button type=\"button\" aria-pressed=\"false\">Swipe</button>"
                            "<button type=\"button\" aria-pressed=\"true\">Outlines</button>"
                            "<label>before <input type=\"range\" min=\"0\" max=\"100\" value=\"50\" "
                            "aria-label=\"share of the image before\"> after</label></div>\n";

void rv__html_base64(rv__str *out, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char chunk[1024];
    size_t k = 0;
    for (size_t i = 0; i < n; i += 3) {
        const uint32_t word = (uint32_t)bytes[i] << 16 | (i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0) |
                              (i + 2 < n ? (uint32_t)bytes[i + 2] : 0);
        chunk[k++] = digits[word >> 18];
        chunk[k++] = digits[word >> 12 & 63];
        chunk[k++] = i + 1 < n ? digits[word >> 6 & 63] : '=';
        chunk[k++] = i + 2 < n ? digits[word & 63] : '=';
        if (k == sizeof chunk || i + 3 >= n) {
            rv__str_add_bytes(out, chunk, k);
            k = 0;
        }
    }
}

static void add_image(rv__str *out, const rv__image *image, const char *attributes)
{
    rv__str_addf(out, "<img %s src=\"data:%s;base64,", attributes, image->type);
    rv__html_base64(out, image->bytes, image->n);
    rv__str_add(out, "\">");
}

/* Width, height and the words for those who do not see it. */
static void add_photo(rv__str *out, const rv__picture *picture, const char *when, const char *caption)
{
    rv__str attributes = { 0 };
    rv__str_addf(&attributes, "width=\"%d\" height=\"%d\" alt=\"", picture->width, picture->height);
    rv__str_xml(&attributes, when);
    rv__str_xml(&attributes, picture->date);
    rv__str_xml(&attributes, *picture->date ? ". " : "");
    rv__str_xml(&attributes, caption);
    rv__str_add(&attributes, "\"");
    add_image(out, &picture->base, attributes.s ? attributes.s : "");
    out->err = attributes.err < 0 ? attributes.err : out->err;
    rv__str_release(&attributes);
}

static void add_caption(rv__str *out, const char *text)
{
    rv__str_add(out, "<figcaption>");
    rv__str_xml(out, text);
    rv__str_add(out, "</figcaption></figure>\n");
}

/* Number in "(no. 4)" at the start of a text, and its length; 0 where there is none. */
static size_t number_at(const char *text, size_t *length)
{
    static const char mark[] = "(no.\xC2\xA0";
    if (strncmp(text, mark, sizeof mark - 1) != 0)
        return 0;
    char *end;
    const unsigned long number = strtoul(text + sizeof mark - 1, &end, 10);
    if (*end != ')')
        return 0;
    *length = (size_t)(end - text) + 1;
    return number;
}

/* A line in which "(no. 4)" leads to that change. */
static void add_linked(rv__str *out, const char *text, size_t links)
{
    rv__str plain = { 0 };
    for (size_t n = 1; *text; text += n) {
        const size_t number = number_at(text, &n);
        if (number == 0 || number > links) {
            n = 1;
            rv__str_add_bytes(&plain, text, 1);
            continue;
        }
        rv__str_xml(out, plain.s ? plain.s : "");
        rv__str_release(&plain);
        rv__str_addf(out, "<a href=\"#c%zu\">(no.\xC2\xA0%zu)</a>", number, number);
    }
    rv__str_xml(out, plain.s ? plain.s : "");
    rv__str_release(&plain);
}

/* Each line of a text in an element. */
static void add_lines(rv__str *out, const char *text, const char *open, const char *close, size_t links)
{
    while (*text) {
        const size_t n = strcspn(text, "\n");
        rv__str line = { 0 };
        rv__str_add_bytes(&line, text, n);
        if (n && line.s) {
            rv__str_addf(out, "<%s>", open);
            add_linked(out, line.s, links);
            rv__str_addf(out, "</%s>\n", close);
        }
        rv__str_release(&line);
        text += n + (text[n] == '\n');
    }
}

/* The first line large; the others as a list, but a line that ends with a colon heads what follows. */
static void add_lead(rv__str *out, const rv__block *b)
{
    const char *rest = b->text;
    bool in_list = false;
    for (size_t k = 0; *rest; k++) {
        const size_t n = strcspn(rest, "\n");
        const bool heads = k == 0 || (n > 0 && rest[n - 1] == ':');
        rv__str line = { 0 };
        rv__str_add_bytes(&line, rest, n);
        if (in_list == heads)
            rv__str_add(out, in_list ? "</ul>\n" : "<ul>\n");
        in_list = !heads;
        add_lines(out, line.s ? line.s : "", heads ? k == 0 ? "p class=\"deck\"" : "p" : "li", heads ? "p" : "li",
                  b->links);
        rv__str_release(&line);
        rest += n + (rest[n] == '\n');
    }
    rv__str_add(out, in_list ? "</ul>\n" : "");
}

static void add_shot(rv__str *out, const rv__picture *picture, const char *when, const char *caption)
{
    rv__str_add(out, "<div class=\"shot\"><div class=\"layer\">");
    add_photo(out, picture, when, caption);
    if (picture->over.n)
        add_image(out, &picture->over, "class=\"over\" alt=\"\"");
    rv__str_add(out, "</div><div class=\"foot\"><b>");
    rv__str_xml(out, picture->date);
    rv__str_add(out, "</b>");
    rv__str_xml(out, picture->source);
    rv__str_add(out, "</div></div>\n");
}

static void add_pair(rv__str *out, const rv__block *b)
{
    rv__str_add(out, "<figure class=\"both\">");
    rv__str_add(out, tools);
    rv__str_add(out, "<div class=\"pair\">\n");
    add_shot(out, &b->picture[0], "Before: ", b->text);
    add_shot(out, &b->picture[1], "After: ", b->text);
    rv__str_add(out, "<div class=\"bar\"></div></div>");
    add_caption(out, b->text);
}

static void add_cell(rv__str *out, const rv__block *b, size_t i)
{
    const char *tag = i < b->columns ? "th" : "td", *text = b->cells.v[i];
    const char format = strlen(b->format) == b->columns ? b->format[i % b->columns] : 't';
    const bool link = format == 'a' && i >= b->columns && strtoul(text, NULL, 10) <= b->links;
    rv__str_addf(out, format == 't' ? "<%s>" : "<%s class=\"%c\">", tag, format);
    if (link)
        rv__str_addf(out, "<a href=\"#c%s\">", text);
    rv__str_xml(out, text);
    rv__str_addf(out, "%s</%s>", link ? "</a>" : "", tag);
}

static void add_table(rv__str *out, const rv__block *b)
{
    rv__str_add(out, "<div class=\"scroll\"><table>\n");
    for (size_t i = 0; i < b->cells.n; i++) {
        rv__str_add(out, i == 0 ? "<thead><tr>" : i % b->columns == 0 ? "<tr>" : "");
        add_cell(out, b, i);
        if (i % b->columns == b->columns - 1)
            rv__str_add(out, i < b->columns ? "</tr></thead>\n<tbody>\n" : "</tr>\n");
    }
    rv__str_add(out, "</tbody></table></div>\n");
}

static void add_content(rv__str *out, const rv__block *b)
{
    switch (b->kind) {
    case RV__BLOCK_TITLE:
        add_lines(out, b->text, "h1", "h1", 0);
        break;
    case RV__BLOCK_META:
        add_lines(out, b->text, "p class=\"meta\"", "p", 0);
        break;
    case RV__BLOCK_HEADING:
        rv__str_addf(out, *b->anchor ? "<h2 id=\"%s\">" : "<h2>", b->anchor);
        rv__str_xml(out, b->text);
        rv__str_add(out, "</h2>\n");
        break;
    case RV__BLOCK_LEAD:
        add_lead(out, b);
        break;
    case RV__BLOCK_TEXT:
        add_lines(out, b->text, "p", "p", 0);
        break;
    case RV__BLOCK_NOTE:
        add_lines(out, b->text, "p class=\"note\"", "p", 0);
        break;
    case RV__BLOCK_LIST:
        rv__str_add(out, "<ul>\n");
        add_lines(out, b->text, "li", "li", 0);
        rv__str_add(out, "</ul>\n");
        break;
    case RV__BLOCK_CODE:
        rv__str_add(out, "<pre>");
        rv__str_xml(out, b->text);
        rv__str_add(out, "</pre>\n");
        break;
    case RV__BLOCK_PAIR:
        add_pair(out, b);
        break;
    case RV__BLOCK_PICTURE:
        rv__str_add(out, "<figure class=\"plot\">");
        add_photo(out, &b->picture[0], "", b->text);
        add_caption(out, b->text);
        break;
    case RV__BLOCK_TABLE:
        add_table(out, b);
        break;
    }
}

static void add_block(rv__str *out, const rv__block *b)
{
    if (b->fold) {
        rv__str_add(out, "<details><summary>");
        rv__str_xml(out, b->fold);
        rv__str_add(out, "</summary>\n");
    }
    add_content(out, b);
    rv__str_add(out, b->fold ? "</details>\n" : "");
}

void rv__html_page(rv__str *out, const rv__blocks *blocks)
{
    rv__str_add(out, head);
    rv__str_add(out, "<title>");
    rv__str_xml(out, blocks->n && blocks->v[0].text ? blocks->v[0].text : "revisit");
    rv__str_add(out, "</title>\n<style>\n");
    rv__str_add(out, rv__page_css);
    rv__str_add(out, "</style>\n</head>\n<body>\n<main>\n");
    for (size_t i = 0; i < blocks->n; i++)
        add_block(out, &blocks->v[i]);
    rv__str_add(out, "</main>\n<script>\n");
    rv__str_add(out, rv__page_js);
    rv__str_add(out, "</script>\n</body>\n</html>\n");
}

int rv__html_write(const rv__blocks *blocks, const char *path)
{
    rv__str page = { 0 };
    rv__html_page(&page, blocks);
    const int err = page.err < 0 ? page.err : rv__file_write(path, page.s, page.len);
    rv__str_release(&page);
    return err;
}
