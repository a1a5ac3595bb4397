/* SPDX-License-Identifier: Apache-2.0 */
/* Which bands scenes have in common, from their one-letter roles alone. */
#ifndef RV_MODEL_ROLES_H
#define RV_MODEL_ROLES_H

#include <revisit/scene.h>

/**
 * Roles that n scenes share, in the order B G R N S T; else "P" where all show visible light in some way (*mean is set:
 * the mean of a scene's colours stands for it); else as many bands of unknown role as all have.
 *
 * @return count of common bands, 0 for none
 */
int rv__common_roles(char common[RV_BANDS_MAX + 1], bool *mean, const char *const *roles, size_t n);

/** Bands of a scene that make up the common ones, in their order; with mean all that are averaged. @return their count */
int rv__role_sources(int source[RV_BANDS_MAX], const char *roles, const char *common, bool mean);

#endif
