/* SPDX-License-Identifier: Apache-2.0 */
/* What is drawn over a photograph: outlines, numbers, scale bar, north arrow, where the window lies in the site. */
#ifndef RV_REPORT_OVERLAY_H
#define RV_REPORT_OVERLAY_H

#include "report/canvas.h"
#include "report/figure.h"

int rv__overlay_draw(rv__canvas *canvas, const rv__facts *facts, const rv__view *view);

#endif
