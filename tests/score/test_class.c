/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds, likelihoods and alarms worked out by hand. */
#include "hand.h"

static void build(rv__score_input *in)
{
    CHECK(rv__score_match(in, .25) == RV_OK);
}

/* True hall, hall, house; found hall, house, house (unsure): F1 of hall 2/3, of house 2/3; with reject the last one is a
 * miss: house has one error and one miss, 0. */
TEST(kinds_are_scored_with_and_without_withheld_answers)
{
    static const int truth[] = { RV_KIND_HALL, RV_KIND_HALL, RV_KIND_HOUSE },
                     found[] = { RV_KIND_HALL, RV_KIND_HOUSE, RV_KIND_HOUSE };
    static const double sure[] = { .9, .8, .4 };
    rv__score_input in = { 0 };
    rv__tally t = { 0 };
    for (int k = 0; k < 3; k++) {
        add_box(&in.truth, RV_EVENT_NEW, (box){ 30.0 * k, 0, 5, 5 })->kind = truth[k];
        rv__thing *f = add_box(&in.found, RV_EVENT_NEW, (box){ 30.0 * k, 0, 5, 5 });
        f->kind = found[k];
        f->likelihood = sure[k];
    }
    add_box(&in.found, RV_EVENT_WORKS, (box){ 200, 0, 5, 5 })->likelihood = .5; /* of nothing */
    build(&in);
    rv__score_class(&t, &in);
    rv__score_probability(&t, &in);
    CHECK_SCORE(&t, "class.macro_f1", 2.0 / 3);
    CHECK(score_of(&t, 1, "class.confusion", "hall > house").value == 1);
    CHECK(score_of(&t, 1, "class.confusion", "house > hall").value == -999);
    CHECK_SCORE(&t, "class.macro_f1_reject", 1.0 / 3);
    CHECK_SCORE(&t, "probability.brier", (.01 + .64 + .36 + .25) / 4);
    CHECK_SCORE(&t, "probability.ece", (.1 + .8 + .6 + .5) / 4); /* four bins of one each */
    CHECK_NEAR(score_of(&t, 1, "probability.brier", "object").value, (.01 + .04 + .36 + .25) / 4, 1e-12);
    rv__tally_release(&t);
    rv__score_input_release(&in);
}

/* Four portals, of which the surest three are found after one false one, the last with a spoil heap's name. */
TEST(portals_are_scored_where_seven_in_ten_are_found)
{
    static const double sure[] = { .7, .6, .5, .75 };
    for (int n = 2; n <= 4; n++) {
        rv__score_input in = { 0 };
        rv__tally t = { 0 };
        for (int k = 0; k < 4; k++)
            add_box(&in.truth, RV_EVENT_WORKS, (box){ 30.0 * k, 0, 5, 5 })->kind = RV_KIND_PORTAL_WORKS;
        for (int k = 0; k < n; k++) {
            rv__thing *f = add_box(&in.found, RV_EVENT_WORKS, (box){ k == 3 ? 300 : 30.0 * k, 0, 5, 5 });
            f->kind = RV_KIND_PORTAL_WORKS;
            f->likelihood = sure[k];
        }
        build(&in);
        rv__score_class(&t, &in);
        CHECK_SCORE(&t, "class.portal_precision", n == 2 ? 0 : n == 3 ? 1 : .75); /* 2 of 4 are less than .7 */
        CHECK_SCORE(&t, "class.portal_recall", (n < 3 ? n : 3) / 4.0);
        rv__tally_release(&t);
        rv__score_input_release(&in);
    }
}

TEST(alarms_are_counted_against_what_was_expected_where_nothing_happened)
{
    rv__score_input in = { 0 };
    rv__tally t = { 0 };
    add_box(&in.truth, RV_EVENT_NONE, (box){ 0, 0, 5, 5 });
    add_box(&in.found, RV_EVENT_NONE, (box){ 0, 0, 5, 5 });
    add_box(&in.found, RV_EVENT_NEW, (box){ 30, 0, 5, 5 })->nfa = .5;
    add_box(&in.found, RV_EVENT_DEMOLISHED, (box){ 60, 0, 5, 5 })->nfa = .05;
    add_box(&in.found, RV_EVENT_NEW, (box){ 90, 0, 5, 5 })->nfa = 3;
    build(&in);
    CHECK(rv__score_alarm(&t, &in));
    CHECK_SCORE(&t, "alarm.observed", 2);
    CHECK_SCORE(&t, "alarm.expected", 1);
    CHECK_SCORE(&t, "alarm.ratio", 2);
    rv__tally_release(&t);
    rv__score_input_release(&in);
}

TESTS(RUN(kinds_are_scored_with_and_without_withheld_answers), RUN(portals_are_scored_where_seven_in_ten_are_found),
      RUN(alarms_are_counted_against_what_was_expected_where_nothing_happened))
