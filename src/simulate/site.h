/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up place and its story: land, roads, solids, patches of worked ground, dates. Lengths in metres east (x) and
 * south (y) of the upper left corner of the reference frame; heights above the ground. */
#ifndef RV_SIMULATE_SITE_H
#define RV_SIMULATE_SITE_H

#include <revisit/simulate.h>

#include "simulate/noise.h"

enum {
    RV__SIM_BANDS = 5, /* blue, green, red, near infrared, short-wave infrared: a sensor takes some of them */
    RV__SIM_DATES_MAX = 60,
    RV__SIM_ROADS = 6,
    RV__SIM_ROAD_POINTS = 96,
    RV__SIM_PARCELS_MAX = 2047,
    RV__SIM_OUTLINE = 24, /* points of an outline at most */
    RV__SIM_PARTS = 4,    /* convex parts of a footprint */
    RV__SIM_VIEWS = 5     /* sub-dates of a mosaic */
};

/* What random numbers are drawn for: the last part of every key. */
enum {
    RV__DRAW_BUILDING = 1,
    RV__DRAW_PARCEL,
    RV__DRAW_ROAD,
    RV__DRAW_DATE,
    RV__DRAW_CLOUD,
    RV__DRAW_HAZE,
    RV__DRAW_TEXTURE, /* and some hundreds more, one a layer */
    RV__DRAW_NOISE = 8,
    RV__DRAW_SCATTER,
    RV__DRAW_RELIEF,
    RV__DRAW_TREES,
    RV__DRAW_PATCH,
    RV__DRAW_PROP,
    RV__DRAW_STYLE,
    RV__DRAW_FIELD,
    RV__DRAW_SEAM,
    RV__DRAW_WEATHER,
    RV__DRAW_SUITE
};

typedef enum rv__cover { RV__COVER_SOIL, RV__COVER_WHEAT, RV__COVER_MAIZE, RV__COVER_GRASS, RV__COVER_WOOD } rv__cover;

/** A node of the recursive split of the land into rectangles of a turned frame; leaf when child[0] is 0. */
typedef struct rv__parcel {
    int axis; /* 0 splits along u, 1 along v */
    double split;
    int child[2];
    double lo[2], hi[2];
    rv__cover cover;
    double bright;            /* factor on reflectance, about 1 */
    double days;              /* by how many days its season is late */
    double row_m;             /* distance of the furrows, 0 = none */
    double plough_t, burnt_t; /* when its crop goes; INFINITY = never */
    double wet[2];            /* watered between these times */
} rv__parcel;

typedef struct rv__road {
    rv_point p[RV__SIM_ROAD_POINTS];
    double along_m[RV__SIM_ROAD_POINTS]; /* from its beginning */
    int n;
    double width_m;
    bool paved;
    double t_start, t_complete; /* -INFINITY for old ones; grows from its beginning meanwhile */
} rv__road;

typedef enum rv__shape { RV__SHAPE_RECTANGLE, RV__SHAPE_ELL, RV__SHAPE_COURT, RV__SHAPE_DISC } rv__shape;
typedef enum rv__roof { RV__ROOF_FLAT, RV__ROOF_GABLE, RV__ROOF_SAW } rv__roof;
typedef enum rv__stage {
    RV__STAGE_NONE,
    RV__STAGE_CLEARED,
    RV__STAGE_EARTH,
    RV__STAGE_SLAB,
    RV__STAGE_FRAME,
    RV__STAGE_BUILT,
    RV__STAGE_GONE
} rv__stage;

/** Footprint: walls in the frame at (x, y) turned by angle; the roof reaches over them by eaves_m. */
typedef struct rv__sim_building {
    char id[16];
    int kind;  /* rv_kind */
    int event; /* rv_event */
    bool old, hall;
    bool prop;   /* a container, a vehicle, a crane: no structure */
    int lot;     /* buildings put up together share it */
    int extends; /* index of the building that it lengthens, or -1 */
    rv__shape shape;
    double x, y, half[2], angle, height_m; /* half[0] along angle (from x towards y) */
    double cut[2]; /* ELL: share of each half cut off one corner; COURT: half sides of the yard over half */
    double eaves_m;
    rv__roof form;
    int bays;     /* of a saw-tooth roof */
    double pitch; /* slope of the facets, rise over run */
    double roof[RV__SIM_BANDS], wall[RV__SIM_BANDS];
    double grain;   /* sd of the roof's texture */
    double again_t; /* painted or covered with panels anew: another colour from then on */
    double again[RV__SIM_BANDS];
    double t_start, t_earth, t_slab, t_frame, t_complete, t_end; /* -INFINITY for old ones; t_end INFINITY = stays */
    double reach_m;  /* from the centre to the end of all that belongs to it */
    double yard_m;   /* width of the worked ground around it */
    double slope[2]; /* rise of the ground a metre east and south */
    int first;       /* index of the first date that shows it finished */
} rv__sim_building;

/** Ground that is worked, burnt, flooded or covered: an ellipse or rectangle with a ragged rim, growing. */
typedef enum rv__material {
    RV__SOIL,
    RV__STRAW,
    RV__CROP,
    RV__CONIFER,
    RV__GRAVEL,
    RV__ASPHALT,
    RV__RAW_EARTH,
    RV__CONCRETE,
    RV__WATER,
    RV__ROCK,
    RV__SPOIL,
    RV__BURNT,
    RV__SNOW,
    RV__TARP,
    RV__DARK,
    RV__MATERIALS
} rv__material;

typedef struct rv__patch {
    char id[16];
    int kind; /* rv_kind; RV_KIND_OTHER and event none: nuisance, not in the truth's structures */
    int event;
    bool nuisance;
    rv__material material;
    bool round;
    double x, y, half[2], angle, ragged_m;
    double t_start, t_full, t_end; /* grows from start to full; INFINITY = stays */
} rv__patch;

/** One look at the place: a date has one, or several where it is a mosaic. */
typedef struct rv__sim_view {
    double t, sun_azimuth_deg, sun_elevation_deg, off_nadir_deg, view_azimuth_deg;
    double shadow[2], lean[2];  /* metres east and south a metre of height */
    double to_sun[3];           /* unit vector east, south, up */
    double m[6];                /* frame pixel = m * reference pixel (x, y, 1): the global part */
    double field_px, jitter_px; /* rms of the smooth field; of the rows */
    double parallax[2];         /* px a metre of error of the elevation model */
    double band_px[RV__SIM_BANDS][2];
    double haze, psf_px, gain[RV__SIM_BANDS], offset[RV__SIM_BANDS];
} rv__sim_view;

typedef struct rv__sim_date {
    double t;
    char id[RV_TIME_TEXT_MAX];
    double sun_azimuth_deg, sun_elevation_deg, off_nadir_deg, view_azimuth_deg; /* of view 0 */
    double shift_px[2]; /* ground at the middle of the reference frame is seen moved by this */
    rv__sim_view view[RV__SIM_VIEWS];
    int n_views;
    bool cloudy;
    double cloud_m; /* height of the cloud base */
    double cover;   /* noise above which there is cloud */
    double snow;    /* share of the ground under snow */
    double halo;    /* weight of the overshoot that resampling leaves along edges */
    double wet;     /* darkening of bare ground after rain, a factor */
} rv__sim_date;

typedef struct rv__site {
    rv_simulate_opts opts;
    rv_grid grid;
    double size_m, turn, turn_c, turn_s, lon, lat; /* turn of the parcels, rad, with its cosine and sine */
    double material[RV__MATERIALS][RV__SIM_BANDS];
    rv__parcel *parcel;
    int n_parcels;
    rv__road road[RV__SIM_ROADS];
    int n_roads;
    rv__sim_building *building; /* old ones first, then new ones, then props */
    int n_buildings;            /* without props */
    int n_props;
    rv__patch *patch;
    int n_patches;
    rv__sim_date date[RV__SIM_DATES_MAX];
    struct rv__site *other; /* the place whose ground shows on every second date, or NULL */
    double other_level;     /* of the noise above which it does */
} rv__site;

/** Suites for trying things out, kind in light, sensor and story: plain and demo. */
bool rv__suite_is_simple(int suite);
/** Suites with works at portals and a new road. */
bool rv__suite_has_works(int suite);

/** @return RV_OK; RV_ERR_RANGE when the buildings do not fit */
int rv__site_build(rv__site *out, const rv_simulate_opts *opts);
void rv__site_release(rv__site *site);

/** Corners of the rectangle around the walls, grown by grow_m, moved by (dx, dy) metres; counter-clockwise with y up. */
void rv__building_corners(rv_point out[4], const rv__sim_building *b, double grow_m, double dx, double dy);

/** Height of the ground, metres. */
double rv__ground_height(const rv__site *site, double x, double y);

#endif
