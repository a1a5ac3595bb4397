/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file revisit.h
 * Everything. Read in this order.
 */
#ifndef REVISIT_REVISIT_H
#define REVISIT_REVISIT_H

#include <revisit/base.h>
#include <revisit/field.h>
#include <revisit/grid.h>
#include <revisit/scene.h>
#include <revisit/transform.h>
#include <revisit/ground.h>
#include <revisit/stack.h>
#include <revisit/align.h>
#include <revisit/normalise.h>
#include <revisit/irmad.h>
#include <revisit/structure.h>
#include <revisit/evidence.h>
#include <revisit/detect.h>
#include <revisit/measure.h>
#include <revisit/simulate.h>
#include <revisit/score.h>
#include <revisit/case.h>
#include <revisit/step.h>
#include <revisit/export.h>
#include <revisit/report.h>

#endif
