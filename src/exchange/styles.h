/* SPDX-License-Identifier: Apache-2.0 */
/* How QGIS draws the layers of case.gpkg: rows of its table layer_styles. */
#ifndef RV_EXCHANGE_STYLES_H
#define RV_EXCHANGE_STYLES_H

#include <revisit/field.h>

typedef struct rv__style {
    const char *f_table_catalog, *f_table_schema, *f_table_name, *f_geometry_column;
    const char *styleName, *styleQML, *styleSLD; /* names are QGIS's, hence their shape */
    bool useAsDefault;
    const char *description, *owner, *ui;
    double update_time;
} rv__style;

const rv_fields *rv__style_fields(void);
/** One a layer with a geometry, n of them. */
const rv__style *rv__styles(size_t *n);

#endif
