/* SPDX-License-Identifier: Apache-2.0 */
/* Structures as a GeoJSON FeatureCollection [rfc7946]: the shape of docs/interchange.md. Every property is present in every
 * feature, null where it is not known, so that a reader never has to ask whether a name was spelled right. */
#include <revisit/export.h>

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "exchange/findings.h"
#include "geo/geojson.h"

enum { LONLAT_DECIMALS = 8, PIXEL_DECIMALS = 3 }; /* 1 mm on the ground; 1/1000 px */

/* A described row with empty texts as null. */
static void add_members(rv__str *out, const rv_fields *fields, const void *row)
{
    for (size_t i = 0; i < fields->n; i++) {
        const rv_field *field = &fields->field[i];
        const rv_fields one = { fields->name, fields->size, fields->defaults, field, 1 };
        rv__str_add(out, i ? ", " : "");
        if (field->type == RV_TYPE_TEXT && ((const char *)row)[field->offset] == '\0')
            rv__str_addf(out, "\"%s\": null", field->name);
        else
            rv__json_members(out, &one, row);
    }
}

/* [] or ["id"] */
static void add_image(rv__str *out, const char *name, const char *id)
{
    rv__str_addf(out, ", \"%s\": [", name);
    if (id[0])
        rv__str_json(out, id);
    rv__str_add(out, "]");
}

/* "hall 0.31/tank 0.08" as [{"kind": "hall", "likelihood": 0.31}, ...] */
static void add_alternatives(rv__str *out, const char *text)
{
    rv__str_add(out, ", \"alternatives\": [");
    for (const char *comma = ""; *text; comma = ", ") {
        const size_t kind = strcspn(text, " "), end = strcspn(text, "/");
        rv__str_addf(out, "%s{\"kind\": \"%.*s\", \"likelihood\": %.*s}", comma, (int)kind, text, (int)(end - kind - 1),
                     text + kind + 1);
        text += end + (text[end] == '/');
    }
    rv__str_add(out, "]");
}

static void add_geometry(rv__str *out, const rv_polygon *outline, int decimals)
{
    if (outline->n == 0)
        rv__str_add(out, "null");
    else
        rv__geojson_polygon(out, outline, decimals);
}

static void add_feature(rv__str *out, const rv__finding *f, int decimals)
{
    rv__str_add(out, "{\"type\": \"Feature\", \"id\": ");
    rv__str_json(out, f->id);
    rv__str_add(out, ", \"properties\": {");
    add_members(out, rv__finding_fields(), f);
    add_alternatives(out, f->alternatives);
    add_image(out, "images_absent", f->absent_id);
    add_image(out, "images_present", f->present_id);
    rv__str_add(out, ", \"flags\": [");
    size_t i = 0;
    for (const char *word, *comma = ""; (word = rv__flag_next(f->flags, &i)); comma = ", ")
        rv__str_addf(out, "%s\"%s\"", comma, word);
    rv__str_add(out, "]}, \"geometry\": ");
    add_geometry(out, &f->outline, decimals);
    rv__str_add(out, "}");
}

void rv_text_free(char *text)
{
    rv__free(text);
}

int rv_export_structures(char **out, rv_case *c)
{
    rv__findings findings = { 0 };
    rv__str text = { 0 };
    int err = rv__findings_load(&findings, c);
    if (err < 0)
        return err;
    rv__str_add(&text, "{\"type\": \"FeatureCollection\",");
    rv__str_add(&text, findings.crs_less ? " \"crs_less\": true," : "");
    rv__str_add(&text, " \"features\": [");
    for (size_t i = 0; i < findings.n; i++) {
        rv__str_add(&text, i ? ",\n" : "\n");
        add_feature(&text, &findings.v[i], findings.crs_less ? PIXEL_DECIMALS : LONLAT_DECIMALS);
    }
    rv__str_add(&text, findings.n ? "\n]}\n" : "]}\n");
    rv__findings_release(&findings);
    char *taken = rv__str_take(&text);
    if (!taken)
        return RV_ERR_NOMEM;
    *out = taken;
    return RV_OK;
}
