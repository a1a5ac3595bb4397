/* SPDX-License-Identifier: Apache-2.0 */
/* Band roles. A wrong role is worse than none: near infrared taken for red turns fields into roofs. So the sources are
 * asked in the order of how much they commit themselves, a role is given to one band only, and orders that are not
 * usual stay unknown ('X'), where they can still be joined by position. Wavelength limits hold Landsat TM to OLI, Sentinel-2,
 * PlanetScope, WorldView and Pleiades; of several bands in one range the nearest to the nominal centre is taken. */
#include "ingest/bands.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

typedef struct word {
    const char *text;
    char role;
} word;

static const word words[] = {
    { "blue", 'B' },          { "green", 'G' },         { "red", 'R' },    { "nir", 'N' },
    { "nir08", 'N' },         { "near infrared", 'N' }, { "nir1", 'N' },   { "near-infrared", 'N' },
    { "near_infrared", 'N' }, { "swir16", 'S' },        { "swir1", 'S' },  { "swir 1", 'S' },
    { "swir22", 'T' },        { "swir2", 'T' },         { "swir 2", 'T' }, { "pan", 'P' },
    { "panchromatic", 'P' },  { "b02", 'B' },           { "b03", 'G' },    { "b04", 'R' },
    { "b08", 'N' },           { "b11", 'S' },           { "b12", 'T' },
};

typedef struct range {
    char role;
    double lo_nm, centre_nm, hi_nm;
} range;

static const range ranges[] = {
    { 'B', 450, 485, 520 }, { 'G', 520, 560, 600 },    { 'R', 620, 660, 690 },
    { 'N', 760, 840, 900 }, { 'S', 1550, 1610, 1750 }, { 'T', 2080, 2200, 2350 },
};

char rv__band_role(const char *text)
{
    char lower[64];
    size_t n = 0;
    while (*text == ' ')
        text++;
    for (; text[n] && n + 1 < sizeof lower; n++)
        lower[n] = (char)tolower((unsigned char)text[n]);
    while (n && lower[n - 1] == ' ')
        n--;
    lower[n] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(lower, words[i].text) == 0)
            return words[i].role;
    return 'X';
}

/* Every role but X once: the first band keeps it. @return bands that have a role */
static int make_unique(char *roles)
{
    int known = 0;
    for (char *r = roles; *r; r++) {
        if (*r != 'X' && memchr(roles, *r, (size_t)(r - roles)))
            *r = 'X';
        known += *r != 'X';
    }
    return known;
}

static int from_descriptions(char *roles, const rv__decoded *h)
{
    for (int i = 0; i < h->bands; i++)
        roles[i] = rv__band_role(h->descriptions[i]);
    roles[h->bands] = '\0';
    return make_unique(roles);
}

static int from_wavelengths(char *roles, const rv__decoded *h)
{
    memset(roles, 'X', (size_t)h->bands);
    roles[h->bands] = '\0';
    for (size_t k = 0; k < sizeof ranges / sizeof *ranges; k++) {
        const range *r = &ranges[k];
        double best = INFINITY;
        int at = -1;
        for (int i = 0; i < h->bands; i++) {
            const double nm = h->centre_wavelength_nm[i], off = fabs(nm - r->centre_nm);
            if (nm >= r->lo_nm && nm < r->hi_nm && off < best) {
                best = off;
                at = i;
            }
        }
        if (at >= 0)
            roles[at] = r->role;
    }
    return make_unique(roles);
}

/* Red, green and blue must all be there: "grey" alone on the first of many bands is only the format's default. */
static int from_colours(char *roles, const rv__decoded *h)
{
    if (h->bands == 1) {
        strcpy(roles, "P");
        return 1;
    }
    if (!strchr(h->interp, 'R') || !strchr(h->interp, 'G') || !strchr(h->interp, 'B'))
        return 0;
    for (int i = 0; i < h->bands; i++)
        roles[i] = strchr("RGB", h->interp[i]) ? h->interp[i] : 'X';
    roles[h->bands] = '\0';
    /* Colours with a fourth band of more than 8 bits: sensors deliver near infrared there, drawing programs do not. */
    if (h->bands == 4 && h->sample != RV__SAMPLE_U8 && roles[3] == 'X')
        roles[3] = 'N';
    return make_unique(roles);
}

static void from_count(char *roles, const rv__decoded *h)
{
    const bool bytes = h->sample == RV__SAMPLE_U8;
    const char *usual = h->bands == 3             ? "RGB"
                        : h->bands == 4           ? (bytes ? "RGBX" : "BGRN")
                        : h->bands == 6           ? "BGRNST"
                        : h->bands == 8 && !bytes ? "XBXGXRXN"
                                                  : NULL;
    memset(roles, 'X', (size_t)h->bands);
    roles[h->bands] = '\0';
    if (usual)
        strcpy(roles, usual);
}

/* PlanetScope files call their first band red, although it is blue: the name is the better witness. */
const char *rv__product_roles(const char *file_name, int bands)
{
    if (!strstr(file_name, "_AnalyticMS"))
        return "";
    return bands == 4 ? "BGRN" : bands == 8 ? "XBXGXRXN" : "";
}

void rv__band_roles(char roles[RV_BANDS_MAX + 1], const rv__decoded *header, const char *given)
{
    char found[RV_BANDS_MAX + 1] = "";
    if (strlen(given) == (size_t)header->bands) {
        strcpy(found, given);
        if (make_unique(found))
            goto done;
    }
    if (!from_descriptions(found, header) && !from_wavelengths(found, header) && !from_colours(found, header))
        from_count(found, header);
done:
    strcpy(roles, found);
}
