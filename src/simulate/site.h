/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up place and its story: parcels, roads, buildings, dates. Lengths in metres east (x) and south (y) of the upper
 * left corner of the reference frame. */
#ifndef RV_SIMULATE_SITE_H
#define RV_SIMULATE_SITE_H

#include <revisit/simulate.h>

enum { RV__SIM_BANDS = 4, RV__SIM_DATES_MAX = 60, RV__SIM_ROADS = 3, RV__SIM_PARCELS_MAX = 2047 };

/* What random numbers are drawn for: the last part of every key. */
enum {
    RV__DRAW_BUILDING = 1,
    RV__DRAW_PARCEL,
    RV__DRAW_ROAD,
    RV__DRAW_DATE,
    RV__DRAW_CLOUD,
    RV__DRAW_HAZE,
    RV__DRAW_TEXTURE,
    RV__DRAW_NOISE,
    RV__DRAW_SCATTER
};

typedef enum rv__cover { RV__COVER_SOIL, RV__COVER_WHEAT, RV__COVER_MAIZE, RV__COVER_GRASS, RV__COVER_WOOD } rv__cover;

/** A node of the recursive split of the land into rectangles of a turned frame; leaf when child[0] is 0. */
typedef struct rv__parcel {
    int axis; /* 0 splits along u, 1 along v */
    double split;
    int child[2];
    double lo[2], hi[2];
    rv__cover cover;
    double bright; /* factor on reflectance, about 1 */
    double days;   /* by how many days its season is late */
    double row_m;  /* distance of the furrows, 0 = none */
} rv__parcel;

/** Centre line v = offset + swing * sin(u / bend + phase) in the frame turned by angle. */
typedef struct rv__road {
    double angle, c, s; /* and its cosine and sine */
    double offset, swing, bend, phase, width_m;
    bool paved;
} rv__road;

typedef struct rv__sim_building {
    char id[16];
    bool old, hall;
    double x, y, half[2], angle, height_m; /* half[0] along angle (from x towards y) */
    double roof[RV__SIM_BANDS];
    double t_start, t_complete; /* -INFINITY for old ones */
    double reach_m;             /* from the centre to the end of all that belongs to it */
    double yard_m;              /* width of the worked ground around it */
    int first;                  /* index of the first date that shows it finished */
} rv__sim_building;

typedef struct rv__sim_date {
    double t;
    char id[RV_TIME_TEXT_MAX];
    double sun_azimuth_deg, sun_elevation_deg, off_nadir_deg, view_azimuth_deg;
    double shadow[2], lean[2]; /* metres east and south a metre of height */
    double shift_px[2];        /* ground at reference pixel p is seen at p + shift_px */
    double psf_px, haze;
    bool cloudy;
    double cloud_m; /* height of the cloud base */
} rv__sim_date;

typedef struct rv__site {
    rv_simulate_opts opts;
    rv_grid grid;
    double size_m, turn, turn_c, turn_s, lon, lat; /* turn of the parcels, rad, with its cosine and sine */
    rv__parcel *parcel;
    int n_parcels;
    rv__road road[RV__SIM_ROADS];
    rv__sim_building *building; /* old ones first */
    int n_buildings;
    rv__sim_date date[RV__SIM_DATES_MAX];
} rv__site;

/** @return RV_OK; RV_ERR_RANGE when the buildings do not fit */
int rv__site_build(rv__site *out, const rv_simulate_opts *opts);
void rv__site_release(rv__site *site);

/** Corners of the footprint grown by grow_m, moved by (dx, dy) metres; counter-clockwise with y up. */
void rv__building_corners(rv_point out[4], const rv__sim_building *b, double grow_m, double dx, double dy);
/** Distance of a point from the centre line, metres (to first order in its slope). */
double rv__road_distance(const rv__road *road, double x, double y);

#endif
