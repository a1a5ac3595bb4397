/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that go with a drawing: STAC items, truth, site file, manifest. */
#ifndef RV_SIMULATE_WRITE_H
#define RV_SIMULATE_WRITE_H

#include "base/str.h"
#include "simulate/site.h"

/** Each appends a whole JSON document. @return RV_OK or the error of a coordinate; memory errors stick in out->err */
int rv__sim_item(rv__str *out, const rv__site *site, int date);
int rv__sim_truth(rv__str *out, const rv__site *site);
int rv__sim_site(rv__str *out, const rv__site *site);
/** files: members "name": "sha256", ready made. */
void rv__sim_manifest(rv__str *out, const rv__site *site, const rv__str *files);

#endif
