/* SPDX-License-Identifier: Apache-2.0 */
/* Hold claims against measurements. A case has no claims yet, and saying so is a run like any other: a reader of the
 * record sees that the step was taken, and what it found to judge. */
#include "steps/step.h"

static int judge_step(rv_case *c, int run_id, int *state, void *user)
{
    (void)state;
    (void)user;
    rv__log(1, "judge: no claims");
    return rv__fact_put(c, run_id, "verdict", "no claims");
}

int rv_step_judge(rv_case *c)
{
    return rv__step_run(
        c, &(rv__step){ .name = "judge", .based_on = rv_case_current_run(c, "measure"), .work = judge_step });
}
