/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file evidence.h
 * What a model or a person elsewhere says of each scene: the probability of "building" for every pixel, as rasters. The
 * form is data alone: nothing foreign is loaded into the program, and what made the numbers stays outside.
 *
 * - A value is the probability that the pixel is covered by a building in that scene, in [0, 1]; a band's scale and
 *   offset are applied, so bytes with a scale of 1/255 will do. What is no number, no data or transparent is unknown.
 * - A band belongs to one scene. Either every band tells its scene's id (as its description, or, in a file of one band,
 *   as the file's name), and scenes without a band are unknown; or none does, and the bands of all files together are as
 *   many as the scenes of the stack and in their order, that of time.
 * - Rasters lie on the stack's grid, or have a CRS by which they are brought there (bilinear, so that nothing leaves
 *   [0, 1]). Without a CRS they are pixels of the reference image and of its size.
 */
#ifndef REVISIT_EVIDENCE_H
#define REVISIT_EVIDENCE_H

#include <revisit/stack.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rv_evidence rv_evidence;

/**
 * Read rasters of probabilities, each decoded once by the sandboxed worker.
 *
 * @param paths one path, or several separated by ';'; at most RV_BANDS_MAX bands each
 * @param stack tells grid, order and ids of the scenes; need not outlive the call
 * @return      RV_OK; RV_ERR_NOTFOUND, RV_ERR_FORMAT for what cannot be read; RV_ERR_MISMATCH for
 *              bands or grids that do not fit the stack; RV_ERR_REFUSED for a value outside [0, 1], or when all planes need
 *              more than half of the memory allowed (a byte for each px and scene is kept, values to 1/254)
 */
RV_API int rv_evidence_open(rv_evidence **out, const char *paths, const rv_stack *stack);
RV_API void rv_evidence_free(rv_evidence *evidence); /* NULL is fine */

/**
 * Probabilities of a window of scene t.
 *
 * @param probability height * width values in [0, 1]; 0 where unknown
 * @param known       height * width, 1 where there is a value, else 0
 * @param window      col0, row0, width, height in px of the stack's grid; may reach outside, where all is unknown
 */
RV_API void rv_evidence_read(const rv_evidence *evidence, float *probability, uint8_t *known, size_t t,
                             const int window[4]);

#ifdef __cplusplus
}
#endif
#endif
