/* SPDX-License-Identifier: Apache-2.0 */
/* When an image was taken, and who says so. */
#ifndef RV_INGEST_WHEN_H
#define RV_INGEST_WHEN_H

#include "ingest/stac.h"
#include "raster/decode.h"

/**
 * Fill t_min, t_max and time_source of info from the first source that tells: option, STAC item, file name, tag. None of
 * them is no error: the period stays open and the source is "none".
 *
 * @param option text of the option, or NULL
 * @return       RV_OK; RV_ERR_RANGE when the option is no date
 */
int rv__when(rv_scene_info *info, const char *option, const rv__stac *stac, const rv__decoded *header);

/** A TIFF or EXIF date "2022:01:17 10:43:43", or NITF's "20220117104343". @return RV_OK or RV_ERR_FORMAT */
int rv__when_tag(rv_period *out, const char *tag);

/** The date within a Landsat scene name such as "L71119038_03820000317_MTL". @return RV_OK or RV_ERR_NOTFOUND */
int rv__when_landsat(rv_period *out, const char *text);

#endif
