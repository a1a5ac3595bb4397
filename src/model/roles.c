/* SPDX-License-Identifier: Apache-2.0 */
/* Common bands of scenes. Bands of unknown role are joined by their order only where nothing better does: two cameras may
 * mean different colours by "the third". */
#include "model/roles.h"

#include <assert.h>
#include <string.h>

static const char order[] = "BGRNST";

static bool all_have_any(const char *const *roles, size_t n, const char *wanted)
{
    for (size_t i = 0; i < n; i++)
        if (!strpbrk(roles[i], wanted))
            return false;
    return true;
}

static int count_role(const char *roles, char role)
{
    int n = 0;
    for (; *roles; roles++)
        n += *roles == role;
    return n;
}

static int common_unknown(const char *const *roles, size_t n)
{
    int least = RV_BANDS_MAX;
    for (size_t i = 0; i < n; i++) {
        const int k = count_role(roles[i], 'X');
        least = k < least ? k : least;
    }
    return least;
}

int rv__common_roles(char common[RV_BANDS_MAX + 1], bool *mean, const char *const *roles, size_t n)
{
    int bands = 0;
    *mean = false;
    for (const char *role = order; *role; role++) {
        const char wanted[2] = { *role, '\0' };
        if (all_have_any(roles, n, wanted))
            common[bands++] = *role;
    }
    if (bands == 0 && all_have_any(roles, n, "PBGR")) {
        common[bands++] = 'P';
        *mean = true;
    }
    if (bands == 0) {
        bands = common_unknown(roles, n);
        memset(common, 'X', (size_t)bands);
    }
    common[bands] = '\0';
    return bands;
}

int rv__role_sources(int source[RV_BANDS_MAX], const char *roles, const char *common, bool mean)
{
    int n = 0;
    if (mean) { /* a scene's own panchromatic band, else its colours */
        const char *wanted = strchr(roles, 'P') ? "P" : "BGR";
        for (int i = 0; roles[i]; i++)
            if (strchr(wanted, roles[i]))
                source[n++] = i;
        return n;
    }
    const char *unknown = roles;
    for (; *common; common++) {
        const char *at = strchr(*common == 'X' ? unknown : roles, *common);
        assert(at);
        source[n++] = (int)(at - roles);
        unknown = at + 1;
    }
    return n;
}
