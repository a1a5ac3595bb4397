/* SPDX-License-Identifier: Apache-2.0 */
/* Civil time in UTC without the C library's time zones. */
#ifndef RV_BASE_TIME_H
#define RV_BASE_TIME_H

#include <revisit/base.h>

/** Seconds since 1970-01-01 of a civil date in the proleptic Gregorian calendar. No range check. */
double rv__time_of_date(int year, int month, int day);
void rv__date_of_time(double t, int *year, int *month, int *day);

/**
 * A date or time at the end or inside of a file name: 2022-05-16, 2022_05, 20220516_101815, 20220516T101815, 2022-05-16T10.18.15.
 * The longest match wins, the first among equals; a bare year or run of digits is no date.
 * @return RV_OK or RV_ERR_NOTFOUND
 */
int rv__period_from_name(rv_period *out, const char *name);

/** The machine's clock, UTC seconds. */
double rv__now(void);
/** Monotonic seconds, for durations. */
double rv__clock(void);

#endif
