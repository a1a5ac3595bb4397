/* SPDX-License-Identifier: Apache-2.0 */
/* Every row that goes into a case comes out again, field by field, filled at random from its own description. */
#include "hand.h"

#include "base/field.h"
#include "base/rng.h"

enum { ROUNDS = 40 };

static double random_number(rv__rng *rng)
{
    return rv__rng_normal(rng) * pow(10, rv__rng_between(rng, -20, 20));
}

static void random_text(rv__rng *rng, char *out, size_t size)
{
    static const char *const parts[] = { "a", "B", "\"", "'", "\\", " ", "\xc3\xa9", "%", "\xe6\xad\xa6", "\n", ";" };
    size_t n = 0;
    memset(out, 0, size);
    for (size_t i = rv__rng_below(rng, 30); i > 0; i--) {
        const char *part = parts[rv__rng_below(rng, sizeof parts / sizeof *parts)];
        if (n + strlen(part) < size)
            memcpy(out + n, part, strlen(part)), n += strlen(part);
    }
}

/* Unknown now and then; a time open towards the end its default names. */
static double random_double(rv__rng *rng, const rv_fields *fields, const rv_field *field)
{
    const bool unknown = rv__rng_below(rng, 4) == 0;
    if (field->type == RV_TYPE_TIME && unknown) {
        const double standard = rv__field_double(field, fields->defaults, 0);
        return isinf(standard) ? standard : (double)NAN;
    }
    return unknown ? (double)NAN : random_number(rng);
}

static void random_field(rv__rng *rng, const rv_fields *fields, const rv_field *field, void *row)
{
    uint32_t words = 0;
    switch (field->type) {
    case RV_TYPE_DOUBLE:
    case RV_TYPE_TIME:
        for (size_t i = 0; i < field->count; i++)
            rv__field_put_double(field, row, i, random_double(rng, fields, field));
        break;
    case RV_TYPE_INT:
        for (size_t i = 0; i < field->count; i++)
            rv__field_put_int(field, row, i, (int)rv__rng_u32(rng));
        break;
    case RV_TYPE_BOOL:
        rv__field_put_bool(field, row, rv__rng_below(rng, 2) == 1);
        break;
    case RV_TYPE_ENUM:
        while (field->names[words])
            words++;
        rv__field_put_int(field, row, 0, (int)rv__rng_below(rng, words));
        break;
    case RV_TYPE_TEXT:
        random_text(rng, (char *)row + field->offset, field->size);
        break;
    case RV_TYPE_STRING:
        break;
    }
}

static void random_row(rv__rng *rng, const rv_fields *fields, void *row)
{
    rv_fields_init(fields, row);
    for (size_t i = 0; i < fields->n; i++)
        random_field(rng, fields, &fields->field[i], row);
}

/* What a walk is held against: rows in order, by their description. */
typedef struct expected {
    const rv_fields *fields;
    const void *rows;
    size_t at;
} expected;

static void compare(expected *e, const void *row)
{
    const char *want = (const char *)e->rows + e->at * e->fields->size;
    for (size_t i = 0; i < e->fields->n; i++)
        if (!rv_field_equal(&e->fields->field[i], row, want)) {
            printf("# row %zu: %s.%s differs\n", e->at, e->fields->name, e->fields->field[i].name);
            test_failed++;
        }
    e->at++;
}

static void compare_shape(const rv_polygon *got, const rv_polygon *want)
{
    CHECK(got->n == want->n);
    for (size_t i = 0; i < want->n && i < got->n; i++) {
        CHECK(got->ring[i].n == want->ring[i].n);
        CHECK(got->ring[i].n == want->ring[i].n &&
              memcmp(got->ring[i].p, want->ring[i].p, want->ring[i].n * sizeof(rv_point)) == 0);
    }
}

static int see_scene(const rv_scene_info *row, void *user)
{
    compare(user, row);
    return 0;
}

static int see_transform(const rv_transform *row, void *user)
{
    compare(user, row);
    return 0;
}

static int see_gain(const rv_gain *row, void *user)
{
    compare(user, row);
    return 0;
}

static int see_structure(const rv_structure *row, void *user)
{
    expected *e = user;
    compare_shape(&row->outline, &((const rv_structure *)e->rows)[e->at].outline);
    compare(e, row);
    return 0;
}

static int see_measurement(const rv_measurement *row, void *user)
{
    compare(user, row);
    return 0;
}

static int see_budget(const rv_budget_term *row, void *user)
{
    compare(user, row);
    return 0;
}

static int see_place(const rv_place *row, void *user)
{
    expected *e = user;
    compare_shape(&row->shape, &((const rv_place *)e->rows)[e->at].shape);
    compare(e, row);
    return 0;
}

static rv_scene_info scenes[ROUNDS];
static rv_transform transforms[ROUNDS];
static rv_gain gains[ROUNDS];
static rv_structure structures[ROUNDS];
static rv_measurement measurements[ROUNDS];
static rv_budget_term terms[ROUNDS];
static rv_place places[ROUNDS];

/* Random, but for the columns that order the rows: id and time rise with the index. */
static void fill(rv__rng *rng)
{
    for (int i = 0; i < ROUNDS; i++) {
        random_row(rng, rv_scene_info_fields(), &scenes[i]);
        snprintf(scenes[i].id, sizeof scenes[i].id, "scene %03d", i);
        scenes[i].t_min = 1e9 + i;
        scenes[i].t_max = 1e9 + 2 * i + 0.125;
        random_row(rng, rv_transform_fields(), &transforms[i]);
        snprintf(transforms[i].scene_id, sizeof transforms[i].scene_id, "scene %03d", i);
        random_row(rng, rv_gain_fields(), &gains[i]);
        snprintf(gains[i].scene_id, sizeof gains[i].scene_id, "scene %03d", i / 4);
        gains[i].band = i % 4;
        random_row(rng, rv_structure_fields(), &structures[i]);
        snprintf(structures[i].id, sizeof structures[i].id, "s%03d", i);
        structures[i].outline = hand_rectangle(random_number(rng), random_number(rng), 1e21, 2e21);
        random_row(rng, rv_measurement_fields(), &measurements[i]);
        snprintf(measurements[i].structure_id, sizeof measurements[i].structure_id, "s%03d", i / 3);
        snprintf(measurements[i].quantity, sizeof measurements[i].quantity, "quantity %d", i % 3);
        random_row(rng, rv_budget_term_fields(), &terms[i]);
        snprintf(terms[i].structure_id, sizeof terms[i].structure_id, "s%03d", i / 3);
        snprintf(terms[i].quantity, sizeof terms[i].quantity, "area_m2");
        random_row(rng, rv_place_fields(), &places[i]);
        rv_point p[5];
        for (int k = 0; k < 5; k++)
            p[k] = (rv_point){ random_number(rng), random_number(rng) };
        CHECK_FAILS(RV_OK, rv__place_ring(&places[i].shape, p, 1 + (size_t)i % 5)); /* points and lines too */
    }
}

static void put_all(rv_case *c)
{
    int run = 0;
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    for (int i = 0; i < ROUNDS; i++)
        CHECK_FAILS(RV_OK, rv__scene_put(c, run, &scenes[i]));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "site", NULL, NULL, 0));
    for (int i = 0; i < ROUNDS; i++)
        CHECK_FAILS(RV_OK, rv__place_put(c, run, &places[i]));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "align", NULL, NULL, 0));
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_FAILS(RV_OK, rv__transform_put(c, run, &transforms[i]));
        CHECK_FAILS(RV_OK, rv__gain_put(c, run, &gains[i]));
    }
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "detect", NULL, NULL, run));
    for (int i = 0; i < ROUNDS; i++)
        CHECK_FAILS(RV_OK, rv__structure_put(c, run, &structures[i]));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "measure", NULL, NULL, run));
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_FAILS(RV_OK, rv__measurement_put(c, run, &measurements[i]));
        CHECK_FAILS(RV_OK, rv__budget_put(c, run, &terms[i]));
    }
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
}

static void check_all(rv_case *c)
{
    expected e[] = { { rv_scene_info_fields(), scenes, 0 },
                     { rv_transform_fields(), transforms, 0 },
                     { rv_gain_fields(), gains, 0 },
                     { rv_structure_fields(), structures, 0 },
                     { rv_measurement_fields(), measurements, 0 },
                     { rv_budget_term_fields(), terms, 0 },
                     { rv_place_fields(), places, 0 } };
    CHECK_FAILS(RV_OK, rv_case_each_scene(c, see_scene, &e[0]));
    CHECK_FAILS(RV_OK, rv_case_each_transform(c, see_transform, &e[1]));
    CHECK_FAILS(RV_OK, rv_case_each_gain(c, see_gain, &e[2]));
    CHECK_FAILS(RV_OK, rv_case_each_structure(c, see_structure, &e[3]));
    CHECK_FAILS(RV_OK, rv_case_each_measurement(c, see_measurement, &e[4]));
    CHECK_FAILS(RV_OK, rv_case_each_budget(c, see_budget, &e[5]));
    CHECK_FAILS(RV_OK, rv_case_each_place(c, see_place, &e[6]));
    for (size_t i = 0; i < sizeof e / sizeof *e; i++)
        CHECK(e[i].at == ROUNDS);
}

TEST(every_row_comes_out_as_it_went_in)
{
    rv__rng rng;
    rv__rng_init(&rng, 7, 0, 0, 0);
    fill(&rng);
    rv_case *c = hand_case("rows.case");
    put_all(c);
    rv_case_close(c);
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("rows.case")));
    check_all(c);
    rv_case_close(c);
    for (int i = 0; i < ROUNDS; i++) {
        rv_polygon_release(&structures[i].outline);
        rv_polygon_release(&places[i].shape);
    }
}

static int stop_at_third(const rv_scene_info *row, void *user)
{
    (void)row;
    return ++*(int *)user == 3 ? 42 : 0;
}

TEST(a_walk_ends_where_its_callback_says_so)
{
    rv_case *c = NULL;
    int seen = 0;
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("rows.case")));
    CHECK(rv_case_each_scene(c, stop_at_third, &seen) == 42);
    CHECK(seen == 3);
    rv_case_close(c);
}

static int last_id(const rv_scene_info *row, void *user)
{
    strcat(user, row->id);
    return 0;
}

TEST(scenes_come_in_order_of_the_middle_of_their_time_and_those_without_a_time_last)
{
    rv_case *c = hand_case("order.case");
    const rv_scene_info rows[] = { hand_scene("e", "", -INFINITY, INFINITY), hand_scene("d", "", 40, 50),
                                   hand_scene("c", "", 0, 90), hand_scene("b", "", 30, 50),
                                   hand_scene("a", "", 40, 40) };
    char ids[16] = "";
    int run = 0;
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    for (int i = 0; i < 5; i++)
        CHECK_FAILS(RV_OK, rv__scene_put(c, run, &rows[i]));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv_case_each_scene(c, last_id, ids));
    CHECK_TEXT(ids, "abcde"); /* middles 40, 40, 45, 45, none */
    rv_case_close(c);
}

static int outline_area(const rv_structure *row, void *user)
{
    *(double *)user = rv_polygon_area(&row->outline);
    return 0;
}

TEST(a_refined_outline_stands_for_the_first_one_while_its_measure_run_is_current)
{
    rv_case *c = hand_case("outline.case");
    rv_structure s;
    double area = 0;
    int run = 0;
    rv_fields_init(rv_structure_fields(), &s);
    memset(s.id, 0, sizeof s.id);
    strcpy(s.id, "s001");
    s.outline = hand_rectangle(0, 0, 10, 10);
    rv_polygon refined = hand_rectangle(0, 0, 11, 10);
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "detect", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__structure_put(c, run, &s));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv_case_each_structure(c, outline_area, &area));
    CHECK(area == 100);
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "measure", NULL, NULL, run));
    CHECK_FAILS(RV_OK, rv__outline_put(c, run, "s001", &refined));
    CHECK_FAILS(RV_OK, rv_case_each_structure(c, outline_area, &area));
    CHECK(area == 100); /* the run is not done */
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv_case_each_structure(c, outline_area, &area));
    CHECK(area == 110);
    CHECK_FAILS(RV_OK, rv__case_each_detected(c, outline_area, &area));
    CHECK(area == 100);
    rv_polygon_release(&s.outline);
    rv_polygon_release(&refined);
    rv_case_close(c);
}

TEST(a_word_or_number_that_cannot_be_is_a_damaged_file)
{
    rv_case *c = NULL;
    int seen = 0;
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("order.case")));
    CHECK_FAILS(RV_OK, rv__db_exec(c->db, "UPDATE scene SET state = 'lost' WHERE id = 'a'"));
    CHECK_FAILS(RV_ERR_FORMAT, rv_case_each_scene(c, stop_at_third, &seen));
    CHECK_FAILS(RV_OK, rv__db_exec(c->db, "UPDATE scene SET state = 'ok', gt = '[1,2]' WHERE id = 'a'"));
    CHECK_FAILS(RV_ERR_FORMAT, rv_case_each_scene(c, stop_at_third, &seen));
    CHECK(strstr(rv_last_error(), "scene.gt") != NULL);
    rv_case_close(c);
}

TESTS(RUN(every_row_comes_out_as_it_went_in), RUN(a_walk_ends_where_its_callback_says_so),
      RUN(scenes_come_in_order_of_the_middle_of_their_time_and_those_without_a_time_last),
      RUN(a_refined_outline_stands_for_the_first_one_while_its_measure_run_is_current),
      RUN(a_word_or_number_that_cannot_be_is_a_damaged_file))
