/* SPDX-License-Identifier: Apache-2.0 */
/* The page: one file that needs nothing from elsewhere and sends nothing anywhere. Pictures are data addresses; the slider
 * is a range input, so that the keyboard works it, and a few lines of script; without script both pictures stand side by
 * side. All text from files is escaped. */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "report/block.h"

#include <string.h>

static const char head[] = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                           "style-src 'unsafe-inline'; "
                           "script-src 'unsafe-inline'\">\n";

static const char style[] =
    "<style>\n"
    ":root{--ink:#1a1a1a;--soft:#555;--line:#d8d8d4;--paper:#fff;--accent:#0072b2}\n"
    "body{font:16px/1.55 'DejaVu Sans',system-ui,sans-serif;color:var(--ink);background:#f4f4f2;margin:0}\n"
    "main{max-width:68rem;margin:0 auto;padding:2rem 1.5rem 4rem;background:var(--paper)}\n"
    "h1{font-size:1.8rem;line-height:1.2;margin:.2em 0 .6em}\n"
    "h2{font-size:1.25rem;margin:2.2em 0 .6em;padding-top:.6em;border-top:1px solid var(--line)}\n"
    "p{max-width:46rem;margin:.5em 0}\n.lead p{font-size:1.06rem}\n.lead "
    "p:first-child{color:var(--soft);font-size:1rem}\n"
    "ul{max-width:46rem;padding-left:1.2em}\n"
    "figure{margin:1em 0}\nfigcaption{color:var(--soft);font-size:.86rem;max-width:46rem;margin-top:.4em}\n"
    "figure img{max-width:100%;height:auto;display:block}\n"
    ".pair{display:grid;grid-template-columns:1fr 1fr;gap:.6rem}\n"
    ".swipe .pair{display:block;position:relative;max-width:var(--w)}\n"
    ".swipe .pair img{width:100%}\n.swipe .pair img+img{position:absolute;inset:0;clip-path:inset(0 0 0 "
    "var(--at,50%))}\n"
    ".swipe .bar{position:absolute;top:0;bottom:0;left:var(--at,50%);width:2px;background:#fff;box-shadow:0 0 0 1px "
    "#0008;pointer-events:none}\n"
    ".tools{display:none}\n.js .tools{display:flex;gap:1rem;align-items:center;margin:.4rem "
    "0;font-size:.86rem;color:var(--soft)}\n"
    ".tools input{width:16rem}\n.tools button{font:inherit;padding:.1em .7em}\n"
    ".scroll{overflow-x:auto}\ntable{border-collapse:collapse;font-size:.84rem;margin:.8em 0}\n"
    "th,td{text-align:left;padding:.3em .8em .3em 0;border-bottom:1px solid var(--line);vertical-align:top}\n"
    "th{color:var(--soft);font-weight:600;white-space:nowrap}\ntd{font-variant-numeric:tabular-nums;overflow-wrap:"
    "anywhere;min-width:4.5em}\n"
    "@media print{main{max-width:none;padding:0}body{background:#fff}.js "
    ".tools{display:none}figure,tr{break-inside:avoid}h2{break-after:avoid}"
    ".swipe .pair{display:grid;max-width:none}.swipe .pair img+img{position:static;clip-path:none}.swipe "
    ".bar{display:none}}\n"
    "@media(max-width:40rem){.pair{grid-template-columns:1fr}}\n"
    "</style>\n";

/* Each figure starts side by side; the button folds the pair into one with a slider. */
static const char script[] =
    "<script>\ndocument.documentElement.classList.add('js');\n"
    "for(const f of document.querySelectorAll('figure.both')){const "
    "i=f.querySelector('input'),b=f.querySelector('button'),p=f.querySelector('.pair');\n"
    "const show=()=>{p.style.setProperty('--at',i.value+'%')};i.addEventListener('input',show);i.disabled=true;\n"
    "b.addEventListener('click',()=>{const on=f.classList.toggle('swipe');b.textContent=on?'side by "
    "side':'swipe';b.setAttribute('aria-pressed',on);i.disabled=!on;\n"
    "if(on&&!p.querySelector('.bar')){const d=document.createElement('div');d.className='bar';p.append(d)}show()})}\n"
    "</script>\n";

static void add_base64(rv__str *out, const uint8_t *bytes, size_t n)
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

static void add_image(rv__str *out, const rv__picture *picture, const char *alt)
{
    rv__str_addf(out, "<img width=\"%d\" height=\"%d\" alt=\"", picture->width, picture->height);
    rv__str_xml(out, alt);
    rv__str_add(out, "\" src=\"data:image/png;base64,");
    add_base64(out, picture->png, picture->n);
    rv__str_add(out, "\">");
}

static void add_caption(rv__str *out, const char *text)
{
    rv__str_add(out, "<figcaption>");
    rv__str_xml(out, text);
    rv__str_add(out, "</figcaption></figure>\n");
}

/* Each line of a text in an element. */
static void add_lines(rv__str *out, const char *text, const char *element)
{
    while (*text) {
        const size_t n = strcspn(text, "\n");
        rv__str line = { 0 };
        rv__str_add_bytes(&line, text, n);
        if (n && line.s) {
            rv__str_addf(out, "<%s>", element);
            rv__str_xml(out, line.s);
            rv__str_addf(out, "</%s>\n", element);
        }
        rv__str_release(&line);
        text += n + (text[n] == '\n');
    }
}

static void add_pair(rv__str *out, const rv__block *b)
{
    rv__str_addf(out,
                 "<figure class=\"both\" style=\"--w:%dpx\"><div class=\"tools\"><button type=\"button\" "
                 "aria-pressed=\"false\">swipe</button>"
                 "<label>before <input type=\"range\" min=\"0\" max=\"100\" value=\"50\" aria-label=\"share of the "
                 "image before\"> after</label></div>"
                 "<div class=\"pair\">",
                 b->picture[0].width);
    rv__str alt = { 0 };
    rv__str_addf(&alt, "Before. %s", b->text);
    add_image(out, &b->picture[0], alt.s ? alt.s : "");
    rv__str_release(&alt);
    rv__str_addf(&alt, "After. %s", b->text);
    add_image(out, &b->picture[1], alt.s ? alt.s : "");
    rv__str_release(&alt);
    rv__str_add(out, "</div>");
    add_caption(out, b->text);
}

static void add_table(rv__str *out, const rv__block *b)
{
    rv__str_add(out, "<div class=\"scroll\"><table>\n");
    for (size_t i = 0; i < b->cells.n; i++) {
        const char *tag = i < b->columns ? "th" : "td";
        rv__str_add(out, i % b->columns == 0 ? "<tr>" : "");
        rv__str_addf(out, "<%s>", tag);
        rv__str_xml(out, b->cells.v[i]);
        rv__str_addf(out, "</%s>", tag);
        rv__str_add(out, i % b->columns == b->columns - 1 ? "</tr>\n" : "");
    }
    rv__str_add(out, "</table></div>\n");
}

static void add_block(rv__str *out, const rv__block *b)
{
    switch (b->kind) {
    case RV__BLOCK_TITLE:
        add_lines(out, b->text, "h1");
        break;
    case RV__BLOCK_HEADING:
        add_lines(out, b->text, "h2");
        break;
    case RV__BLOCK_LEAD:
        rv__str_add(out, "<div class=\"lead\">\n");
        add_lines(out, b->text, "p");
        rv__str_add(out, "</div>\n");
        break;
    case RV__BLOCK_TEXT:
        add_lines(out, b->text, "p");
        break;
    case RV__BLOCK_LIST:
        rv__str_add(out, "<ul>\n");
        add_lines(out, b->text, "li");
        rv__str_add(out, "</ul>\n");
        break;
    case RV__BLOCK_PAIR:
        add_pair(out, b);
        break;
    case RV__BLOCK_PICTURE:
        rv__str_add(out, "<figure>");
        add_image(out, &b->picture[0], b->text);
        add_caption(out, b->text);
        break;
    case RV__BLOCK_TABLE:
        add_table(out, b);
        break;
    }
}

int rv__html_write(const rv__blocks *blocks, const char *path)
{
    rv__str page = { 0 };
    rv__str_add(&page, head);
    rv__str_add(&page, "<title>");
    rv__str_xml(&page, blocks->n && blocks->v[0].text ? blocks->v[0].text : "revisit");
    rv__str_add(&page, "</title>\n");
    rv__str_add(&page, style);
    rv__str_add(&page, "</head>\n<body>\n<main>\n");
    for (size_t i = 0; i < blocks->n; i++)
        add_block(&page, &blocks->v[i]);
    rv__str_add(&page, "</main>\n");
    rv__str_add(&page, script);
    rv__str_add(&page, "</body>\n</html>\n");
    const int err = page.err < 0 ? page.err : rv__file_write(path, page.s, page.len);
    rv__str_release(&page);
    return err;
}
