/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements and the terms of their uncertainty budgets: described rows, and the release of a list of them. */
#include <revisit/measure.h>

#include "base/mem.h"

#include <math.h>

static const rv_measurement measurement_defaults = { .epoch = NAN, .value = NAN, .sigma = NAN, .lo = NAN, .hi = NAN };

static const rv_field measurement_rows[] = {
    RV_TEXT(rv_measurement, structure_id, "structure that was measured"),
    RV_TEXT(rv_measurement, quantity, "what was measured"),
    RV_TIME(rv_measurement, epoch, "time of the scene or composite it was measured on"),
    RV_DOUBLE(rv_measurement, value, -1e300, 1e300, "", "best estimate"),
    RV_DOUBLE(rv_measurement, sigma, 0, 1e300, "", "standard uncertainty"),
    RV_DOUBLE(rv_measurement, lo, -1e300, 1e300, "", "lower end of the 95 % interval"),
    RV_DOUBLE(rv_measurement, hi, -1e300, 1e300, "", "upper end of the 95 % interval"),
    RV_TEXT(rv_measurement, unit, "unit of value, sigma, lo and hi"),
    RV_TEXT(rv_measurement, method, "how it was measured"),
    RV_TEXT(rv_measurement, why, "reason where it could not be measured"),
    RV_TEXT(rv_measurement, other_id, "structure it was compared with"),
    RV_INT(rv_measurement, poor, 0, 1, "", "1 where the fit was poor and the interval widened"),
};

static const rv_budget_term term_defaults = { .sigma = NAN };

static const rv_field term_rows[] = {
    RV_TEXT(rv_budget_term, structure_id, "structure that was measured"),
    RV_TEXT(rv_budget_term, quantity, "what was measured"),
    RV_TEXT(rv_budget_term, term, "source of uncertainty"),
    RV_DOUBLE(rv_budget_term, sigma, 0, 1e300, "", "standard uncertainty in the unit of the quantity"),
    RV_TEXT(rv_budget_term, note, "where the number comes from"),
};

const rv_fields *rv_measurement_fields(void)
{
    static const rv_fields fields = { "measurement", sizeof(rv_measurement), &measurement_defaults, measurement_rows,
                                      sizeof measurement_rows / sizeof *measurement_rows };
    return &fields;
}

const rv_fields *rv_budget_term_fields(void)
{
    static const rv_fields fields = { "budget_term", sizeof(rv_budget_term), &term_defaults, term_rows,
                                      sizeof term_rows / sizeof *term_rows };
    return &fields;
}

void rv_measurements_release(rv_measurements *measurements)
{
    rv__free(measurements->v);
    rv__free(measurements->term);
    rv_polygon_release(&measurements->outline);
    *measurements = (rv_measurements){ 0 };
}
