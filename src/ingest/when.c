/* SPDX-License-Identifier: Apache-2.0 */
/* Acquisition time as the interval of the precision stated. The file name ranks above the tag: what people write there is
 * the date of the picture, while TIFF and EXIF dates are often those of the last program that saved it. A picture whose
 * bands are described by the Landsat scenes they were cut from carries its date there. */
#include "ingest/when.h"

#include "base/error.h"
#include "base/file.h"
#include "base/time.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool digits(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    return true;
}

static int parse_date(rv_period *out, const char *eight)
{
    char iso[16];
    snprintf(iso, sizeof iso, "%.4s-%.2s-%.2s", eight, eight + 4, eight + 6);
    return rv_period_parse(out, iso);
}

int rv__when_tag(rv_period *out, const char *tag)
{
    char iso[32];
    const size_t n = strlen(tag);
    if (n >= 14 && digits(tag, 14))
        snprintf(iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", tag, tag + 4, tag + 6, tag + 8, tag + 10, tag + 12);
    else if (n >= 19 && digits(tag, 4) && digits(tag + 5, 2) && digits(tag + 8, 2))
        snprintf(iso, sizeof iso, "%.4s-%.2s-%.2sT%.8sZ", tag, tag + 5, tag + 8, tag + 11);
    else if (n >= 10 && digits(tag, 4) && digits(tag + 5, 2) && digits(tag + 8, 2))
        snprintf(iso, sizeof iso, "%.4s-%.2s-%.2s", tag, tag + 5, tag + 8);
    else
        return rv__fail(RV_ERR_FORMAT, "date tag \"%.40s\" is no date", tag);
    return rv_period_parse(out, iso);
}

/* L, sensor and mission, path and row, "_", row again, then year, month and day. */
int rv__when_landsat(rv_period *out, const char *text)
{
    for (const char *l = strchr(text, 'L'); l; l = strchr(l + 1, 'L')) {
        const char *bar = strchr(l, '_');
        if (!bar || bar - l < 8 || bar - l > 10 || !digits(bar - 6, 6) || strlen(bar) < 12 || !digits(bar + 1, 11))
            continue;
        if (strncmp(bar - 3, bar + 1, 3) == 0 && parse_date(out, bar + 4) == RV_OK)
            return RV_OK;
    }
    return rv__fail(RV_ERR_NOTFOUND, "no Landsat scene name");
}

static int from_header(rv_period *out, const rv__decoded *header)
{
    if (header->datetime[0] && rv__when_tag(out, header->datetime) == RV_OK)
        return RV_OK;
    for (int i = 0; i < header->bands; i++)
        if (rv__when_landsat(out, header->descriptions[i]) == RV_OK)
            return RV_OK;
    return RV_ERR_NOTFOUND;
}

/* The hand goes before the file, but not silently where both cannot be right. */
static void tell_contradiction(const rv_period *given, const char *option, const rv__stac *stac,
                               const rv__decoded *header, const char *path)
{
    rv_period own;
    if (stac->has_time)
        own = stac->time;
    else if (rv__period_from_name(&own, rv__path_base(path)) < 0 && from_header(&own, header) < 0)
        return;
    if (own.t_max < given->t_min || own.t_min > given->t_max)
        rv__log(0, "%s: time %s was given, its own says otherwise", rv__path_base(path), option);
}

int rv__when(rv_scene_info *info, const char *option, const rv__stac *stac, const rv__decoded *header)
{
    rv_period p = { info->t_min, info->t_max };
    const char *source = "none";
    if (option) {
        if (rv_period_parse(&p, option) < 0)
            return rv__fail(RV_ERR_RANGE, "time must be a date or period such as 2022-05-16, not \"%.60s\"", option);
        source = "option";
        tell_contradiction(&p, option, stac, header, info->path);
    } else if (stac->has_time) {
        p = stac->time;
        source = "stac";
    } else if (rv__period_from_name(&p, rv__path_base(info->path)) == RV_OK) {
        source = "name";
    } else if (from_header(&p, header) == RV_OK) {
        source = "tag";
    }
    info->t_min = p.t_min;
    info->t_max = p.t_max;
    snprintf(info->time_source, sizeof info->time_source, "%s", source);
    return RV_OK;
}
