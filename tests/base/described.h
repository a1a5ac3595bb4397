/* SPDX-License-Identifier: Apache-2.0 */
/* A struct with a field of every type, for the tests of fields and of JSON. */
#ifndef RV_TEST_DESCRIBED_H
#define RV_TEST_DESCRIBED_H

#include <math.h>

#include <revisit/field.h>

typedef struct sample {
    double min_area_m2;
    char pad; /* undescribed: padding and odd offsets must not matter */
    double gsd_m;
    int count;
    int box[4];
    double gt[3];
    bool inventory;
    char id[8];
    const char *reference;
    int kind;
    double t_min;
} sample;

#define SAMPLE_INIT                                                                   \
    {                                                                                 \
        25, 'p', NAN, 3, { 0, 0, 10, 10 }, { 1, 0.5, -0.5 }, true, "none", NULL, 1, 0 \
    }

static const char *const sample_kinds[] = { "new", "portal_works", "road", NULL };
static const sample sample_defaults = SAMPLE_INIT;
static const rv_field sample_rows[] = {
    RV_DOUBLE(sample, min_area_m2, 0, 1e7, "m2", "smallest footprint reported"),
    RV_DOUBLE(sample, gsd_m, 0.01, 1000, "m", "pixel size where the image does not tell"),
    RV_INT(sample, count, -2, 2147483647, "", "how many"),
    RV_INT(sample, box, 0, 100, "px", "left, top, right, bottom"),
    RV_DOUBLE(sample, gt, -10, 10, "", "three numbers"),
    RV_BOOL(sample, inventory, "list what stood before"),
    RV_TEXT(sample, id, "name"),
    RV_STRING(sample, reference, "ID", "reference scene"),
    RV_ENUM(sample, kind, sample_kinds, "what it is"),
    RV_TIME(sample, t_min, "first moment"),
};
static const rv_fields sample_fields = { "sample", sizeof(sample), &sample_defaults, sample_rows,
                                         sizeof sample_rows / sizeof *sample_rows };

#endif
