/* SPDX-License-Identifier: Apache-2.0 */
/* CPU milliseconds of our transform, forward and inverse, by side: "SIDE FORWARD INVERSE", the lowest of several runs. */
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "raster/fft.h"

enum { RUNS = 9, LARGEST = 2048 };

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    (void)argv;
    const size_t largest = argc > 1 ? LARGEST : 64; /* without arguments, a moment's run that shows it still works */
    for (size_t side = 64; side <= largest; side *= 2) {
        rv__fft *plan = NULL;
        float *plane = rv__alloc(side * side, sizeof *plane),
              *spectrum = rv__alloc(side * (side + 2), sizeof *spectrum);
        double best[2] = { 1e9, 1e9 };
        const size_t repeats = 2000000 / (side * side) + 1;
        if (!plane || !spectrum || rv__fft_new(&plan, side, side) < 0)
            return 1;
        for (int run = 0; run < RUNS; run++) {
            const double start = cpu_ms();
            for (size_t i = 0; i < repeats; i++)
                rv__fft_forward(plan, spectrum, plane);
            const double middle = cpu_ms();
            for (size_t i = 0; i < repeats; i++)
                rv__fft_inverse(plan, plane, spectrum);
            const double spent[2] = { (middle - start) / (double)repeats, (cpu_ms() - middle) / (double)repeats };
            for (int k = 0; k < 2; k++)
                best[k] = spent[k] < best[k] ? spent[k] : best[k];
        }
        printf("%zu %.4f %.4f\n", side, best[0], best[1]);
        rv__fft_free(plan);
        rv__free(spectrum);
        rv__free(plane);
    }
    return 0;
}
