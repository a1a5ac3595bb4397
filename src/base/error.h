/* SPDX-License-Identifier: Apache-2.0 */
/* The thread's last error. The place that detects an error writes the sentence; those above pass the code on. */
#ifndef RV_BASE_ERROR_H
#define RV_BASE_ERROR_H

#include <revisit/base.h>

#if defined(__GNUC__)
#define RV__PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define RV__PRINTF(fmt, args)
#endif

/** Set the thread's sentence and return code. Control bytes in the text are shown as \xNN. */
int rv__fail(int code, const char *fmt, ...) RV__PRINTF(2, 3);

/** Put a subject in front of the sentence ("scene a.tif: ") and return code. */
int rv__subject(int code, const char *fmt, ...) RV__PRINTF(2, 3);

void rv__log(int level, const char *fmt, ...) RV__PRINTF(2, 3);

/** Report progress; @return RV_OK, or RV_ERR_STOPPED (sentence set) once rv_stop_request was called. */
int rv__progress(const char *what, double share);

/** RV_ERR_STOPPED (sentence set) once rv_stop_request was called, else RV_OK. Cheap; any thread. */
int rv__stopping(void);

uint64_t rv__ram(void);

#endif
