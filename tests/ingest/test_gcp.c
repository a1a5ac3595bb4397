/* SPDX-License-Identifier: Apache-2.0 */
/* Files of ground control points as people write them, and what is wrong with them said by line and column. */
#include "lib/test.h"

#include "base/mem.h"
#include "ingest/gcp.h"

static int parse(rv_gcp **points, size_t *n, const char *text)
{
    static char copy[4096];
    snprintf(copy, sizeof copy, "%s", text);
    return rv__gcps_parse(points, n, copy);
}

TEST(columns_come_in_any_order_with_quotes_comments_and_other_columns)
{
    rv_gcp *p = NULL;
    size_t n = 0;
    CHECK_FAILS(RV_OK, parse(&p, &n,
                             "\xEF\xBB\xBFname,lat, lon,image,note,row,col\r\n"
                             "# picked by hand\r\n"
                             "\"NE \"\"gate\"\", east\",48.25,11.5,2015_04,x,20.5,10\r\n"
                             "\r\n"
                             "pond , 48.3 ,-11.5, 2018_04,,30,40"));
    CHECK(n == 2);
    CHECK_TEXT(p[0].name, "NE \"gate\", east");
    CHECK_TEXT(p[0].image_id, "2015_04");
    CHECK(p[0].col == 10 && p[0].row == 20.5 && p[0].lon == 11.5 && p[0].lat == 48.25 && isnan(p[0].x_m));
    CHECK_TEXT(p[1].name, "pond");
    CHECK_TEXT(p[1].image_id, "2018_04");
    CHECK(p[1].lon == -11.5);
    rv__free(p);
}

TEST(a_plane_in_metres_needs_no_longitude_and_a_name_is_no_must)
{
    rv_gcp *p = NULL;
    size_t n = 0;
    CHECK_FAILS(RV_OK, parse(&p, &n, "image,col,row,x_m,y_m\na,1,2,-3,4e2\n"));
    CHECK(n == 1 && p[0].x_m == -3 && p[0].y_m == 400 && isnan(p[0].lon) && !p[0].name[0]);
    rv__free(p);
}

TEST(what_is_wrong_is_said_with_its_line_and_column)
{
    static const char *const wrong[][2] = {
        { "", "the file is empty" },
        { "image,col,lon,lat\n", "line 1: the header has no column row" },
        { "col,row,lon,lat\n", "line 1: the header has no column image" },
        { "image,col,row,lon\n", "line 1: the header must have lon and lat, or x_m and y_m" },
        { "image,col,row,lon,lat,x_m,y_m\n", "line 1: the header must have lon and lat, or x_m and y_m, not both" },
        { "image,col,row,lon,lat\na,1,2,nan,4\n", "line 2: lon is no number: 'nan'" },
        { "image,col,row,lon,lat\na,1,2,3\n", "line 2: lat is no number: ''" },
        { "image,col,row,lon,lat\n\na,1,two,3,4\n", "line 3: row is no number: 'two'" },
        { "image,col,row,lon,lat\na,1,2,3,94\n", "line 2: lat must lie in [-90, 90] deg, not 94" },
        { "image,col,row,x_m,y_m\na,1,2,3,4\na,1,2,5,6\n",
          "line 3: the point lies in the picture where point no. 1 does" },
        { "image,col,row,x_m,y_m\na,1,2,3,4\nb,1,7,3,4\n",
          "line 3: the point lies on the ground where point no. 1 does" },
        { "image,col,row,x_m,y_m\n0123456789012345678901234567890123456789012345678901234567890123,1,2,3,4\n",
          "line 2: image is longer than 63 bytes" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rv_gcp *p = NULL;
        size_t n = 0;
        CHECK_FAILS(RV_ERR_FORMAT, parse(&p, &n, wrong[i][0]));
        CHECK_TEXT(rv_last_error(), wrong[i][1]);
        CHECK(p == NULL);
    }
}

TESTS(RUN(columns_come_in_any_order_with_quotes_comments_and_other_columns),
      RUN(a_plane_in_metres_needs_no_longitude_and_a_name_is_no_must),
      RUN(what_is_wrong_is_said_with_its_line_and_column))
