/* SPDX-License-Identifier: Apache-2.0 */
/* Which band shows what, and when the picture was taken. */
#include "base/time.h"
#include "ingest/bands.h"
#include "ingest/when.h"
#include "lib/test.h"

static rv__decoded header(int bands, rv__sample sample)
{
    rv__decoded h = { .bands = bands, .sample = sample };
    for (int i = 0; i < RV_BANDS_MAX; i++) {
        h.interp[i] = i < bands ? '?' : '\0';
        h.centre_wavelength_nm[i] = NAN;
    }
    return h;
}

static void describe(rv__decoded *h, const char *const *words)
{
    for (int i = 0; i < h->bands; i++)
        snprintf(h->descriptions[i], sizeof h->descriptions[i], "%s", words[i]);
}

TEST(the_usual_orders_are_known_by_their_count_alone)
{
    static const struct {
        int bands;
        rv__sample sample;
        const char *want;
    } table[] = {
        { 1, RV__SAMPLE_U16, "P" },     { 3, RV__SAMPLE_U8, "RGB" },       { 3, RV__SAMPLE_U16, "RGB" },
        { 4, RV__SAMPLE_U16, "BGRN" },  { 4, RV__SAMPLE_F32, "BGRN" },     { 4, RV__SAMPLE_U8, "RGBX" },
        { 6, RV__SAMPLE_U8, "BGRNST" }, { 8, RV__SAMPLE_U16, "XBXGXRXN" }, { 2, RV__SAMPLE_U8, "XX" },
        { 5, RV__SAMPLE_U16, "XXXXX" }, { 8, RV__SAMPLE_U8, "XXXXXXXX" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const rv__decoded h = header(table[i].bands, table[i].sample);
        char roles[RV_BANDS_MAX + 1];
        rv__band_roles(roles, &h, "");
        CHECK_TEXT(roles, table[i].want);
    }
}

TEST(a_catalogue_beats_descriptions_and_they_beat_colours)
{
    static const char *const words[] = { "Green", "red ", "NIR", "swir 1" };
    rv__decoded h = header(4, RV__SAMPLE_U16);
    char roles[RV_BANDS_MAX + 1];
    memcpy(h.interp, "RGB?", 4);
    rv__band_roles(roles, &h, "");
    CHECK_TEXT(roles, "RGBN");
    describe(&h, words);
    rv__band_roles(roles, &h, "");
    CHECK_TEXT(roles, "GRNS");
    rv__band_roles(roles, &h, "BGRN");
    CHECK_TEXT(roles, "BGRN");
    rv__band_roles(roles, &h, "BGR"); /* the item speaks of another asset */
    CHECK_TEXT(roles, "GRNS");
}

TEST(wavelengths_choose_the_band_nearest_to_the_nominal_centre)
{
    static const double sentinel2[] = { 443, 492, 560, 665, 704, 740, 783, 833, 865, 945, 1610, 2190 };
    rv__decoded h = header(12, RV__SAMPLE_U16);
    char roles[RV_BANDS_MAX + 1];
    memcpy(h.centre_wavelength_nm, sentinel2, sizeof sentinel2);
    rv__band_roles(roles, &h, "");
    CHECK_TEXT(roles, "XBGRXXXNXXST");
}

TEST(no_role_is_given_twice)
{
    static const char *const words[] = { "nir", "nir", "red", "red", "B02" };
    rv__decoded h = header(5, RV__SAMPLE_U16);
    char roles[RV_BANDS_MAX + 1];
    describe(&h, words);
    rv__band_roles(roles, &h, "");
    CHECK_TEXT(roles, "NXRXB");
}

TEST(planetscope_is_known_by_its_name_and_not_by_its_colours)
{
    CHECK_TEXT(rv__product_roles("20170831_172754_101c_3B_AnalyticMS.tif", 4), "BGRN");
    CHECK_TEXT(rv__product_roles("20220831_172754_24_101c_3B_AnalyticMS_SR_8b.tif", 8), "XBXGXRXN");
    CHECK_TEXT(rv__product_roles("20170831_172754_101c_3B_AnalyticMS_DN_udm.tif", 1), "");
    CHECK_TEXT(rv__product_roles("20170831_172754_101c_3b_Visual.tif", 3), "");
}

static void check_when(const char *path, const char *option, const rv__stac *stac, const rv__decoded *h,
                       const char *want)
{
    rv_scene_info info;
    char lo[RV_TIME_TEXT_MAX], hi[RV_TIME_TEXT_MAX], got[96];
    rv_fields_init(rv_scene_info_fields(), &info);
    snprintf(info.path, sizeof info.path, "%s", path);
    CHECK(rv__when(&info, option, stac, h) == RV_OK);
    rv_time_text(lo, info.t_min);
    rv_time_text(hi, info.t_max);
    snprintf(got, sizeof got, "%s %s %s", info.time_source, lo, hi);
    CHECK_TEXT(got, want);
}

TEST(time_comes_from_option_then_catalogue_then_name_then_tag)
{
    rv__decoded h = header(1, RV__SAMPLE_U8);
    rv__stac stac = { .has_time = true, .time = { 0, 59 } };
    const rv__stac none = { .has_time = false };
    snprintf(h.datetime, sizeof h.datetime, "2022:01:17 10:43:43");
    check_when("/d/2009_12.jpg", "2020", &stac, &h, "option 2020-01-01T00:00:00Z 2020-12-31T23:59:59Z");
    check_when("/d/2009_12.jpg", NULL, &stac, &h, "stac 1970-01-01T00:00:00Z 1970-01-01T00:00:59Z");
    check_when("/d/2009_12.jpg", NULL, &none, &h, "name 2009-12-01T00:00:00Z 2009-12-31T23:59:59Z");
    check_when("/2009_12/a.jpg", NULL, &none, &h, "tag 2022-01-17T10:43:43Z 2022-01-17T10:43:43Z");
    h.datetime[0] = '\0';
    check_when("/d/a.jpg", NULL, &none, &h, "none  ");
    snprintf(h.descriptions[0], sizeof h.descriptions[0], "Resize (ETM+ Meta (Band 1):L71119038_03820000317_MTL.txt)");
    check_when("/d/2000TM", NULL, &none, &h, "tag 2000-03-17T00:00:00Z 2000-03-17T23:59:59Z");
}

TEST(a_tag_that_is_no_date_tells_nothing)
{
    static const char *const bad[] = {
        "", "soon", "0000:00:00 00:00:00", "2022:13:01 00:00:00", "2022:02:30", "20221"
    };
    rv_period p;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(RV_ERR_FORMAT, rv__when_tag(&p, bad[i]));
    CHECK(rv__when_tag(&p, "20220117104343") == RV_OK);
    CHECK_NEAR(p.t_min, rv__time_of_date(2022, 1, 17) + 10 * 3600 + 43 * 60 + 43, 0);
    CHECK(rv__when_tag(&p, "2022:01:17") == RV_OK);
    CHECK_NEAR(p.t_max - p.t_min, 86399, 0);
    CHECK_FAILS(RV_ERR_NOTFOUND, rv__when_landsat(&p, "L71119038_03920000317 rows that differ"));
    CHECK_FAILS(RV_ERR_NOTFOUND, rv__when_landsat(&p, "L71119038_03820001317 a month that does not exist"));
}

TEST(an_option_that_is_no_date_is_out_of_range)
{
    rv_scene_info info;
    const rv__stac none = { .has_time = false };
    const rv__decoded h = header(1, RV__SAMPLE_U8);
    rv_fields_init(rv_scene_info_fields(), &info);
    CHECK_FAILS(RV_ERR_RANGE, rv__when(&info, "yesterday", &none, &h));
    CHECK(strstr(rv_last_error(), "yesterday"));
    CHECK(isinf(info.t_min) && isinf(info.t_max));
}

TESTS(RUN(the_usual_orders_are_known_by_their_count_alone), RUN(a_catalogue_beats_descriptions_and_they_beat_colours),
      RUN(wavelengths_choose_the_band_nearest_to_the_nominal_centre), RUN(no_role_is_given_twice),
      RUN(planetscope_is_known_by_its_name_and_not_by_its_colours),
      RUN(time_comes_from_option_then_catalogue_then_name_then_tag), RUN(a_tag_that_is_no_date_tells_nothing),
      RUN(an_option_that_is_no_date_is_out_of_range))
