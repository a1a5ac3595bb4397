#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Shift of 256 x 256 windows and of a 2048 x 2048 image: ours beside OpenCV and scikit-image, on the same pixels.

    bench/peer_window.py build/bench/bench_window regset.npz [--step 1]

regset.npz holds ref, shifts (dy, dx) and the images tgt0..5 and hard0..5, which show ref's content moved by minus the
shift; the shared bench/gen_reg.py draws it. Every figure is CPU time of one process, one thread; errors are lengths in px.
Needs Debian's python3-numpy, and python3-opencv and python3-skimage for the peers (left out where absent).
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

import numpy as np

SIDE = 256
KINDS = (('plain', '1'), ('gradient', '.4'), ('gradient', '.8'), ('orientation', '1'))


def ours(program, reference, image, kind, clip, folder):
    """-> {(row, col): (dx, dy, sx, sy)}, whole image's (dx, dy), ms a window, ms an image"""
    paths = [os.path.join(folder, name) for name in ('reference', 'image')]
    for path, plane in zip(paths, (reference, image)):
        np.ascontiguousarray(plane, 'f4').tofile(path)
    height, width = reference.shape
    text = subprocess.run([program, *paths, str(width), str(height), kind, str(SIDE), '15', clip], check=True,
                          stdout=subprocess.PIPE, text=True, env=dict(os.environ, REVISIT_THREADS='1')).stdout
    windows, whole, ms = {}, None, None
    for line in text.splitlines():
        name, *rest = line.split('\t')
        if name == 'window':
            windows[int(rest[1]), int(rest[0])] = tuple(map(float, rest[2:6]))
        elif name == 'image':
            whole = tuple(map(float, rest[:4]))
        else:
            ms = tuple(map(float, rest))
    return windows, whole, ms[0], ms[2]


def peers():
    """-> {name: function of reference, image -> (dx, dy)}"""
    found = {}
    try:
        import cv2
        cv2.setNumThreads(1)
        found['OpenCV phaseCorrelate, Hann'] = lambda a, b: cv2.phaseCorrelate(
            a, b, cv2.createHanningWindow(a.shape[::-1], cv2.CV_32F))[0]

        def ecc(a, b):
            warp = np.eye(2, 3, dtype='f4')
            warp[:, 2] = cv2.phaseCorrelate(a, b)[0]
            stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-5)
            return cv2.findTransformECC(a, b, warp, cv2.MOTION_TRANSLATION, stop, None, 5)[1][:, 2]
        found['OpenCV phase + ECC'] = ecc
    except ImportError:
        pass
    try:
        from skimage.registration import phase_cross_correlation

        def skimage(a, b):
            dy, dx = phase_cross_correlation(a, b, upsample_factor=100, normalization=None)[0]
            return -dx, -dy
        found['scikit-image x100, plain'] = skimage
    except ImportError:
        pass
    return found


def timed(function, *planes):
    planes = [plane.copy() for plane in planes]  # OpenCV 4.6 multiplies its input by the window in place
    start = time.process_time()
    result = function(*planes)
    return result, 1e3 * (time.process_time() - start)


def row(name, ms, errors):
    error = np.array(errors)
    print(f'{name:34} {np.median(ms):9.3f} ms  median {np.median(error):.4f}  p95 {np.quantile(error, .95):.4f}  '
          f'over 1 px {100 * np.mean(error > 1):.1f} %', flush=True)


def distance(shift, truth):
    return float(np.hypot(shift[0] - truth[0], shift[1] - truth[1]))


def tiles_of(reference):
    return [(r, c) for r in range(0, reference.shape[0] - SIDE + 1, SIDE)
            for c in range(0, reference.shape[1] - SIDE + 1, SIDE)]


def figures(ms, errors, image_ms, image_errors):
    return {'ms': float(np.median(ms)), 'median': float(np.median(errors)), 'p95': float(np.quantile(errors, .95)), 'n': len(errors),
            'image_ms': float(np.median(image_ms)), 'image_median': float(np.median(image_errors))}


def summary_of_ours(arguments):
    scene = np.load(arguments.regset)
    truths, tiles, out = [(-dx, -dy) for dy, dx in scene['shifts']], tiles_of(scene['ref']), {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, clip in KINDS:
            errors, ms, image_ms, image_errors = [], [], [], []
            for i, truth in enumerate(truths):
                windows, shift, window_ms, one_ms = ours(arguments.program, scene['ref'], scene[f'tgt{i}'], kind, clip, folder)
                errors += [distance(windows.get(tile, (np.inf, np.inf)), truth) for tile in tiles]
                image_errors.append(distance(shift, truth))
                ms.append(window_ms)
                image_ms.append(one_ms)
            out[kind if kind != 'gradient' else f'{kind} {clip}'] = figures(ms, errors, image_ms, image_errors)
    return out


def summary_of_peers(arguments):
    scene = np.load(arguments.regset)
    truths, tiles, out = [(-dx, -dy) for dy, dx in scene['shifts']], tiles_of(scene['ref'])[::arguments.step], {}
    for name, peer in peers().items():
        some = [(timed(peer, scene['ref'][r:r + SIDE, c:c + SIDE], scene[f'tgt{i}'][r:r + SIDE, c:c + SIDE]), truth)
                for i, truth in enumerate(truths) for r, c in tiles]
        whole = [(timed(peer, scene['ref'], scene[f'tgt{i}']), truths[i]) for i in range(2)]
        out[name] = figures([ms for (_, ms), _ in some], [distance(shift, truth) for (shift, _), truth in some],
                            [ms for (_, ms), _ in whole], [distance(shift, truth) for (shift, _), truth in whole])
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('program')
    parser.add_argument('regset')
    parser.add_argument('--step', type=int, default=4, help='every how many windows the peers see')
    parser.add_argument('--json', choices=('ours', 'peers'), help='one of them on the easy images, as one JSON object')
    arguments = parser.parse_args()
    if arguments.json:
        print(json.dumps((summary_of_ours if arguments.json == 'ours' else summary_of_peers)(arguments)))
        return
    scene = np.load(arguments.regset)
    reference = scene['ref']
    truths = [(-dx, -dy) for dy, dx in scene['shifts']]
    tiles = [(r, c) for r in range(0, reference.shape[0] - SIDE + 1, SIDE)
             for c in range(0, reference.shape[1] - SIDE + 1, SIDE)]
    with tempfile.TemporaryDirectory() as folder:
        for family in ('tgt', 'hard'):
            images = [scene[f'{family}{i}'] for i in range(len(truths))]
            print(f'{family}: windows of {SIDE} px')
            whole = []
            for kind, clip in KINDS:
                errors, sigmas, ms = [], [], []
                shifts, image_ms = [], []
                for image, truth in zip(images, truths):
                    windows, shift, window_ms, one_ms = ours(arguments.program, reference, image, kind, clip, folder)
                    errors += [distance(windows.get(tile, (np.inf, np.inf)), truth) for tile in tiles]
                    sigmas += [abs(w[k] - truth[k]) < 1.96 * w[2 + k] for w in windows.values() for k in (0, 1)]
                    shifts.append(distance(shift, truth))
                    ms.append(window_ms)
                    image_ms.append(one_ms)
                label = f'revisit {kind}' + (f' clipped at {clip}' if kind == 'gradient' else '')
                row(label, ms, errors)
                print(f'{"":34} within 1.96 of the stated sigma: {100 * np.mean(sigmas):.1f} %')
                whole.append((label, image_ms, shifts))
            for name, peer in peers().items():
                found = [(timed(peer, reference[r:r + SIDE, c:c + SIDE], image[r:r + SIDE, c:c + SIDE]), truth)
                         for image, truth in zip(images, truths) for r, c in tiles[::arguments.step]]
                row(name, [ms for (_, ms), _ in found], [distance(shift, truth) for (shift, _), truth in found])
            print(f'{family}: whole images')
            for label, ms, errors in whole:
                row(label, ms, errors)
            for name, peer in peers().items():
                found = [(timed(peer, reference, image), truth) for image, truth in zip(images[:3], truths)]
                row(name, [ms for (_, ms), _ in found], [distance(shift, truth) for (shift, _), truth in found])


if __name__ == '__main__':
    main()
