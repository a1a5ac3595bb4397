/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file base.h
 * What everything else stands on: status codes, the sentence behind the last error, time, quantities, settings, hooks.
 */
#ifndef REVISIT_BASE_H
#define REVISIT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RV_API __attribute__((visibility("default")))
#else
#define RV_API
#endif

/** Status codes: what a caller would act on. Everything that can fail returns one as an int. */
enum {
    RV_OK = 0,
    RV_ERR_NOMEM = -1,      /* memory ran out */
    RV_ERR_IO = -2,         /* storage failed or is full */
    RV_ERR_FORMAT = -3,     /* a file is damaged or not what it says */
    RV_ERR_REFUSED = -4,    /* over a limit, or it tried something forbidden */
    RV_ERR_RANGE = -5,      /* an option outside its limits */
    RV_ERR_NOTFOUND = -6,   /* no such file, row or name */
    RV_ERR_MISMATCH = -7,   /* grids, CRS or bands that cannot meet */
    RV_ERR_NODATA = -8,     /* nothing to work on */
    RV_ERR_STATE = -9,      /* an earlier step is missing */
    RV_ERR_LOCKED = -10,    /* another process holds the case */
    RV_ERR_INTEGRITY = -11, /* a hash no longer matches */
    RV_ERR_STOPPED = -12,   /* by signal; can go on */
    RV_ERR_NET = -13        /* the network failed */
};

/** "0.1.0" */
RV_API const char *rv_version(void);

/** Name of a status code: "RANGE"; "OK" for RV_OK; "UNKNOWN" otherwise. */
RV_API const char *rv_status_name(int code);

/** The sentence behind this thread's last error: one line, lower case, no full stop. Never NULL. */
RV_API const char *rv_last_error(void);

/** Worker threads used by the library; 0 (the default) means one per processor. At most 256. */
RV_API int rv_threads_set(int threads);

/** Memory the library may plan with, in bytes; default 1 GiB, at least 64 MiB. */
RV_API int rv_ram_set(uint64_t bytes);

/** Ask long work to end with RV_ERR_STOPPED at the next safe point. Async-signal-safe. */
RV_API void rv_stop_request(void);

/** Take the wish to stop back, before work is begun anew. */
RV_API void rv_stop_clear(void);

/**
 * Progress of long work: what is being done and the share done in [0, 1]. One hook a process; NULL removes it.
 * Called from the calling thread of the step only.
 */
typedef void (*rv_progress_fn)(const char *what, double share, void *user);
RV_API void rv_progress_set(rv_progress_fn fn, void *user);

/** Notes of level 0 (warning), 1 (note), 2 (detail). One hook a process; NULL removes it. */
typedef void (*rv_log_fn)(int level, const char *text, void *user);
RV_API void rv_log_set(rv_log_fn fn, void *user);

/** A period in UTC seconds since 1970-01-01T00:00:00; an open end is -INFINITY or +INFINITY. */
typedef struct rv_period {
    double t_min;
    double t_max;
} rv_period;

/**
 * Read a date or time of any stated precision as the period it covers, both ends included to the second:
 * "2022", "2022-05", "2022-05-16", "2022-05-16T10:18:15Z", "2022-05-16T10:18:15.5+02:00", "A/B" or "A..B" for ranges,
 * one side of which may be empty or ".." for an open end. A time without a zone is UTC.
 *
 * @return RV_OK; RV_ERR_FORMAT when the text is none of these or names a day that does not exist
 */
RV_API int rv_period_parse(rv_period *out, const char *text);

enum { RV_TIME_TEXT_MAX = 32 };

/** "2022-05-16T10:18:15Z", with up to six decimals where t has a fraction; "" for an infinite t. */
RV_API void rv_time_text(char out[RV_TIME_TEXT_MAX], double t);

/** "2022-05-16"; "" for an infinite t. */
RV_API void rv_date_text(char out[RV_TIME_TEXT_MAX], double t);

/** A measured number: value, standard uncertainty, 95 % interval. */
typedef struct rv_quantity {
    double value;
    double sigma;
    double lo;
    double hi;
} rv_quantity;

/** value +- sigma with the normal 95 % interval (1.96 sigma). */
RV_API rv_quantity rv_quantity_make(double value, double sigma);

/** Ratio a / b of quantities whose errors have correlation rho, by the logarithm; all NAN unless both are positive. */
RV_API rv_quantity rv_quantity_ratio(rv_quantity a, rv_quantity b, double rho);

#ifdef __cplusplus
}
#endif
#endif
