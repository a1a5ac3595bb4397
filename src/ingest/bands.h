/* SPDX-License-Identifier: Apache-2.0 */
/* What each band of a picture shows, in the one-letter roles of rv_scene_info. */
#ifndef RV_INGEST_BANDS_H
#define RV_INGEST_BANDS_H

#include "raster/decode.h"

/** Role of a word such as "blue", "nir" or "swir16" (STAC's common names and what people write), 'X' for all others. */
char rv__band_role(const char *word);

/**
 * Roles that a product's documented file name implies, "" for none: PlanetScope "..._AnalyticMS..." has 4 bands from blue to
 * near infrared, or 8 from coastal blue.
 */
const char *rv__product_roles(const char *file_name, int bands);

/**
 * Roles of all bands: given ones (STAC or product, "" for none) if they fit the band count, else band descriptions, wavelengths, colour
 * interpretation, and last the usual order for that many bands.
 */
void rv__band_roles(char roles[RV_BANDS_MAX + 1], const rv__decoded *header, const char *given);

#endif
