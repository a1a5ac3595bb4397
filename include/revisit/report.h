/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file report.h
 * What was found, as a self-contained page and as pictures.
 */
#ifndef REVISIT_REPORT_H
#define REVISIT_REPORT_H

#include <revisit/case.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rv_report_opts {
    const char *out;   /* file to write. Default NULL: reports/report.html in the case */
    int max_panels;    /* events that get pictures of their own. Default 24 */
    int panel_px;      /* width of one picture. Default 640 */
    const char *title; /* Default NULL: the case's name */
} rv_report_opts;
#define RV_REPORT_OPTS_INIT \
    {                       \
        NULL, 24, 640, NULL \
    }

RV_API const rv_fields *rv_report_fields(void);

/**
 * Write the report (HTML without remote references, pictures inside) and its figures as PNG beside it in figures/.
 *
 * @return RV_OK; RV_ERR_STATE when nothing was detected yet; RV_ERR_IO
 */
RV_API int rv_report_write(rv_case *c, const rv_report_opts *opts);

/** The summary alone: one sentence a line, as the report prints it; free with rv_text_free (export.h). */
RV_API int rv_report_summary(char **out, rv_case *c);

#ifdef __cplusplus
}
#endif
#endif
