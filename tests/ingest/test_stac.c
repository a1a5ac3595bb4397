/* SPDX-License-Identifier: Apache-2.0 */
/* What an item beside an image tells, and what it may not. */
#include "ingest/stac.h"
#include "lib/oom.h"
#include "lib/scratch.h"

#define ITEM(properties, assets) \
    "{\"type\":\"Feature\",\"stac_version\":\"1.0.0\",\"properties\":{" properties "},\"assets\":{" assets "}}"

static int parse(rv__stac *out, const char *text)
{
    return rv__stac_parse(out, text, strlen(text), "a.tif");
}

TEST(time_angles_sensor_and_credit_are_read)
{
    rv__stac s;
    CHECK(
        parse(&s, ITEM("\"datetime\":\"2022-11-13T10:18:15Z\",\"view:sun_azimuth\":153.24,\"view:sun_elevation\":25.85,"
                       "\"view:off_nadir\":0.33,\"view:azimuth\":107.6,\"constellation\":\"x\",\"platform\":\"PS-2\","
                       "\"instruments\":[\"PSB\",\"SD\"],\"license\":\"CC-BY-4.0\","
                       "\"providers\":[{\"name\":\"Planet\"},{\"name\":\"Host\"}]",
                       "")) == RV_OK);
    CHECK(s.found && s.has_time);
    CHECK_NEAR(s.time.t_min, 1668334695.0, 0);
    CHECK_NEAR(s.time.t_max, s.time.t_min, 0);
    CHECK_NEAR(s.sun_azimuth_deg, 153.24, 0);
    CHECK_NEAR(s.sun_elevation_deg, 25.85, 0);
    CHECK_NEAR(s.view_azimuth_deg, 107.6, 0);
    CHECK_NEAR(s.view_off_nadir_deg, .33, 0);
    CHECK_TEXT(s.sensor, "PS-2 PSB, SD");
    CHECK_TEXT(s.credit, "Planet, Host");
    CHECK_TEXT(s.licence, "CC-BY-4.0");
}

TEST(a_range_of_dates_stays_a_range)
{
    rv__stac s;
    CHECK(parse(&s, ITEM("\"datetime\":null,\"start_datetime\":\"2009-01-01\",\"end_datetime\":\"2009-12-31\"", "")) ==
          RV_OK);
    CHECK(s.has_time);
    CHECK_NEAR(s.time.t_max - s.time.t_min, 365 * 86400.0 - 1, 0);
    CHECK(parse(&s, ITEM("\"datetime\":null,\"start_datetime\":\"2009-12-31\",\"end_datetime\":\"2009-01-01\"", "")) ==
          RV_OK);
    CHECK(!s.has_time);
}

TEST(bands_are_those_of_the_asset_that_names_the_image)
{
    rv__stac s;
    CHECK(parse(&s, ITEM("", "\"mask\":{\"href\":\"./m.tif\",\"eo:bands\":[{\"common_name\":\"pan\"}]},"
                             "\"data\":{\"href\":\"https://x.org/a.tif\",\"eo:bands\":[{\"common_name\":\"coastal\"},"
                             "{\"name\":\"blue\"},{\"common_name\":\"nir\"},{}]}")) == RV_OK);
    CHECK_TEXT(s.roles, "XBNX");
    CHECK(parse(&s, ITEM("", "\"data\":{\"href\":\"b.tif\",\"bands\":[{\"eo:common_name\":\"red\"}]}")) == RV_OK);
    CHECK_TEXT(s.roles, "R");
}

TEST(numbers_out_of_their_range_are_unknown)
{
    rv__stac s;
    CHECK(parse(&s,
                ITEM("\"view:sun_elevation\":95,\"view:off_nadir\":-1,\"view:azimuth\":\"north\",\"datetime\":\"soon\"",
                     "")) == RV_OK);
    CHECK(isnan(s.sun_elevation_deg) && isnan(s.view_off_nadir_deg) && isnan(s.view_azimuth_deg) &&
          isnan(s.sun_azimuth_deg));
    CHECK(!s.has_time);
}

TEST(texts_longer_than_their_field_are_cut)
{
    char text[4096];
    rv__stac s;
    const int start =
        snprintf(text, sizeof text, "{\"type\":\"Feature\",\"stac_version\":\"1\",\"properties\":{\"platform\":\"");
    memset(text + start, 'x', 3000);
    strcpy(text + start + 3000, "\",\"instruments\":[\"a\",\"b\"]}}");
    CHECK(parse(&s, text) == RV_OK);
    CHECK(strlen(s.sensor) == sizeof s.sensor - 1);
}

TEST(other_json_is_no_item_and_broken_json_is_an_error)
{
    rv__stac s = { .found = true };
    CHECK(parse(&s, "{\"id\":\"x\",\"properties\":{\"acquired\":\"2020\"}}") == RV_OK);
    CHECK(!s.found);
    CHECK(parse(&s, "[1,2]") == RV_OK);
    CHECK(!s.found);
    CHECK_FAILS(RV_ERR_FORMAT, parse(&s, "{\"type\":"));
}

TEST(an_item_lies_beside_its_image_with_the_same_stem)
{
    rv__stac s;
    const char *item = ITEM("\"platform\":\"beside\"", "");
    scratch_write("a.json", item, strlen(item));
    scratch_write("b.json", "{", 1);
    CHECK(rv__stac_beside(&s, scratch("a.tif")) == RV_OK && s.found);
    CHECK_TEXT(s.sensor, "beside");
    CHECK(rv__stac_beside(&s, scratch("b.tif")) == RV_OK && !s.found && isnan(s.sun_azimuth_deg));
    CHECK(rv__stac_beside(&s, scratch("c.tif")) == RV_OK && !s.found);
}

static int look_beside(void *user)
{
    rv__stac s;
    return rv__stac_beside(&s, user);
}

TEST(looking_beside_survives_any_failed_allocation)
{
    const char *item = ITEM("\"platform\":\"beside\"", "");
    char path[512];
    scratch_write("oom.json", item, strlen(item));
    snprintf(path, sizeof path, "%s", scratch("oom.tif"));
    CHECK_SURVIVES_OOM(look_beside, path);
}

TESTS(RUN(time_angles_sensor_and_credit_are_read), RUN(a_range_of_dates_stays_a_range),
      RUN(bands_are_those_of_the_asset_that_names_the_image), RUN(numbers_out_of_their_range_are_unknown),
      RUN(texts_longer_than_their_field_are_cut), RUN(other_json_is_no_item_and_broken_json_is_an_error),
      RUN(an_item_lies_beside_its_image_with_the_same_stem), RUN(looking_beside_survives_any_failed_allocation))
