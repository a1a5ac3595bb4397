/* SPDX-License-Identifier: Apache-2.0 */
/* Styles for QGIS, which looks for them in a table called layer_styles inside the GeoPackage. Outlines only, so that the
 * image stays visible; colours of Okabe and Ito, which people who see red and green alike can tell apart. */
#include "exchange/styles.h"

#include <math.h>
#include <stddef.h>

#define ORANGE "230,159,0,255"
#define BLUE "0,114,178,255"
#define GREEN "0,158,115,255"
#define VERMILION "213,94,0,255"
#define PURPLE "204,121,167,255"
#define GREY "153,153,153,255"

#define QML_BEGIN \
    "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'><qgis version=\"3.22\" styleCategories=\"Symbology\">"
#define QML_END "</qgis>"
#define OPTION(name, value) "<Option type=\"QString\" name=\"" name "\" value=\"" value "\"/>"
#define OUTLINE(name, colour, width)                                                                       \
    "<symbol type=\"fill\" name=\"" name                                                                   \
    "\" alpha=\"1\"><layer class=\"SimpleFill\" enabled=\"1\"><Option type=\"Map\">" OPTION("style", "no") \
        OPTION("outline_style", "solid") OPTION("outline_color", colour) OPTION("outline_width", width)    \
            OPTION("outline_width_unit", "MM") "</Option></layer></symbol>"
#define CATEGORY(symbol, event) \
    "<category symbol=\"" symbol "\" value=\"" event "\" label=\"" event "\" render=\"true\"/>"

static const char structures_qml[] = QML_BEGIN
    "<renderer-v2 type=\"categorizedSymbol\" attr=\"event\" forceraster=\"0\"><categories>" CATEGORY("0", "none")
        CATEGORY("1", "new") CATEGORY("2", "extended") CATEGORY("3", "replaced") CATEGORY("4", "demolished")
            CATEGORY("5", "works") "</categories><symbols>" OUTLINE("0", GREY, "0.4") OUTLINE("1", ORANGE, "0.7")
                OUTLINE("2", BLUE, "0.7") OUTLINE("3", PURPLE, "0.7") OUTLINE("4", VERMILION, "0.7")
                    OUTLINE("5", GREEN, "0.7") "</symbols></renderer-v2>" QML_END;

static const char scenes_qml[] = QML_BEGIN "<renderer-v2 type=\"singleSymbol\" forceraster=\"0\"><symbols>" OUTLINE(
    "0", BLUE, "0.2") "</symbols></renderer-v2>" QML_END;

/* Places mix points, lines and areas, so QGIS is told nothing of them but the label. */
static const rv__style styles[] = {
    { "", "", "structures", "geom", "by event", structures_qml, "", true, "outlines coloured by what happened", "", "",
      NAN },
    { "", "", "scenes", "geom", "footprints", scenes_qml, "", true, "what each image covers", "", "", NAN },
};

static const rv__style style_defaults = { .update_time = NAN };

static const rv_field style_rows[] = {
    RV_STRING(rv__style, f_table_catalog, "TEXT", "unused"),
    RV_STRING(rv__style, f_table_schema, "TEXT", "unused"),
    RV_STRING(rv__style, f_table_name, "TEXT", "layer"),
    RV_STRING(rv__style, f_geometry_column, "TEXT", "its geometry"),
    RV_STRING(rv__style, styleName, "TEXT", "name of the style"),
    RV_STRING(rv__style, styleQML, "TEXT", "the style"),
    RV_STRING(rv__style, styleSLD, "TEXT", "unused"),
    RV_BOOL(rv__style, useAsDefault, "drawn so unless the user chooses otherwise"),
    RV_STRING(rv__style, description, "TEXT", "what it shows"),
    RV_STRING(rv__style, owner, "TEXT", "unused"),
    RV_STRING(rv__style, ui, "TEXT", "unused"),
    RV_TIME(rv__style, update_time, "unused"),
};

const rv_fields *rv__style_fields(void)
{
    static const rv_fields fields = { "layer_styles", sizeof(rv__style), &style_defaults, style_rows,
                                      sizeof style_rows / sizeof *style_rows };
    return &fields;
}

const rv__style *rv__styles(size_t *n)
{
    *n = sizeof styles / sizeof *styles;
    return styles;
}
