#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Forward transform of real float planes: ours beside FFTW with its plans guessed and measured, CPU ms, one thread.

    bench/peer_fft.py build/bench/bench_fft

FFTW is loaded here and nowhere else: it is under the GPL (Debian's libfftw3-single3).
"""
import ctypes
import subprocess
import sys
import time

GUESSED, MEASURED = 64, 0


def fftw_ms(library, side, flag):
    plane = library.fftwf_malloc(ctypes.c_size_t(4 * side * side))
    spectrum = library.fftwf_malloc(ctypes.c_size_t(8 * side * (side // 2 + 1)))
    plan = ctypes.c_void_p(library.fftwf_plan_dft_r2c_2d(side, side, ctypes.c_void_p(plane), ctypes.c_void_p(spectrum),
                                                         flag))
    ctypes.memset(plane, 0, 4 * side * side)
    repeats, best = 2000000 // (side * side) + 1, float('inf')
    for _ in range(9):
        start = time.process_time()
        for _ in range(repeats):
            library.fftwf_execute(plan)
        best = min(best, 1e3 * (time.process_time() - start) / repeats)
    return best


def main():
    ours = {}
    for line in subprocess.run([sys.argv[1], 'all'], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        side, forward, _ = line.split()
        ours[int(side)] = float(forward)
    library = ctypes.CDLL('libfftw3f.so.3')
    library.fftwf_plan_dft_r2c_2d.restype = library.fftwf_malloc.restype = ctypes.c_void_p
    print('  side   revisit   FFTW guessed   FFTW measured')
    for side, ms in ours.items():
        print(f'{side:6} {ms:9.4f} {fftw_ms(library, side, GUESSED):14.4f} {fftw_ms(library, side, MEASURED):15.4f}')


if __name__ == '__main__':
    main()
