/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file structure.h
 * Things on the ground and what happened to them; the site they belong to.
 */
#ifndef REVISIT_STRUCTURE_H
#define REVISIT_STRUCTURE_H

#include <revisit/scene.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rv_kind {
    RV_KIND_EXISTING,
    RV_KIND_HALL,
    RV_KIND_HOUSE,
    RV_KIND_BUILDING,
    RV_KIND_TANK,
    RV_KIND_HOUSING_CLUSTER,
    RV_KIND_ROAD,
    RV_KIND_EARTHWORKS,
    RV_KIND_PORTAL_WORKS,
    RV_KIND_SPOIL,
    RV_KIND_VEGETATION,
    RV_KIND_TEMPORARY,
    RV_KIND_WATER,
    RV_KIND_OTHER
} rv_kind;

typedef enum rv_event {
    RV_EVENT_NONE,
    RV_EVENT_NEW,
    RV_EVENT_EXTENDED,
    RV_EVENT_REPLACED,
    RV_EVENT_DEMOLISHED,
    RV_EVENT_WORKS
} rv_event;

/** Words of rv_kind and rv_event as the interchange format spells them, NULL at the end. */
RV_API const char *const *rv_kind_names(void);
RV_API const char *const *rv_event_names(void);

enum {
    RV_FLAG_DARK_ROOF = 1,
    RV_FLAG_PARTLY_CLOUDED = 2,
    RV_FLAG_EDGE_OF_IMAGE = 4,
    RV_FLAG_LOW_CONTRAST = 8,
    RV_FLAG_ANALYST = 16,
    RV_FLAG_POOR_FIT = 32
};

enum { RV_DATE_SET_MAX = 512, RV_ALTERNATIVES_MAX = 128 };

/**
 * One structure or other change. The bracket says: not there in image absent_id, there in image present_id;
 * last_absent is that image's latest possible time, first_present the other's earliest... widened so that the truth lies
 * in [last_absent, first_present]: last_absent = t_min of absent_id's period, first_present = t_max of present_id's.
 */
typedef struct rv_structure {
    char id
        [RV_ID_MAX]; /* "s001": from north to south, then west to east; of a reference the analyst's, or "r001" in its order */
    int kind;        /* rv_kind */
    int event;                              /* rv_event */
    double likelihood;                      /* of kind, in [0, 1] */
    char alternatives[RV_ALTERNATIVES_MAX]; /* other kinds and their likelihoods, falling, as "hall 0.31/tank 0.08" */
    double score;                           /* rank within the run, larger is surer */
    double nfa;                             /* expected number of false alarms at this score or above */
    double last_absent, first_present;      /* UTC seconds; -INFINITY / INFINITY = open */
    double works_first, complete_last;      /* bracket of the works phase; open = none seen */
    double works_seen; /* they had begun by then: their onset lies in [works_first, works_seen]; INFINITY = open */
    char absent_id[RV_ID_MAX], present_id[RV_ID_MAX]; /* scenes that bound the bracket, "" = open */
    int date_set_size; /* brackets between clear scenes that together hold the event with 90 %; 0 = no dating */
    char date_set[RV_DATE_SET_MAX]; /* their intervals as "a/b" by scene ids, several joined by "/"; "" = no dating */
    double step_sd;       /* size of the step in time, in standard deviations of the series; NAN for event none */
    double x, y;          /* representative point inside, map coordinates */
    int flags;            /* RV_FLAG_... */
    char name[RV_ID_MAX]; /* given by the analyst, else "" */
    rv_polygon outline;   /* map coordinates of the stack's grid; owned; not a described field */
} rv_structure;

RV_API const rv_fields *rv_structure_fields(void);

typedef struct rv_structures {
    rv_structure *v;
    size_t n, cap;
} rv_structures;

RV_API void rv_structures_release(rv_structures *structures);
/** Append a deep copy. */
RV_API int rv_structures_add(rv_structures *structures, const rv_structure *structure);

/**
 * What would have been seen between two scenes that follow one another: at least share of the things of this kind and
 * area. Smaller ones are not observable, which is not to say that they are not there.
 */
typedef struct rv_smallest {
    int kind; /* rv_kind: house, compact; hall, up to three times as long as wide */
    char absent_id[RV_ID_MAX], present_id[RV_ID_MAX];
    double area_m2, lo_m2, hi_m2; /* with 95 % interval; NAN: nothing up to the largest that was tried is observable */
    double share;                 /* .9 */
    int planted, seen;            /* roofs laid into these scenes, and how many of them were found */
} rv_smallest;

RV_API const rv_fields *rv_smallest_fields(void);

typedef enum rv_role { RV_ROLE_AOI, RV_ROLE_POI, RV_ROLE_REFERENCE, RV_ROLE_EXCLUDE } rv_role;

/** One feature of the site file: what the analyst knows of the place. Lon/lat, or reference pixels in CRS-less cases. */
typedef struct rv_place {
    int role;           /* rv_role */
    char id[RV_ID_MAX]; /* given by the analyst, else "" */
    char name[RV_ID_MAX];
    char kind[RV_ID_MAX];
    char note[256];
    double radius_m;  /* of a poi; NAN = not given */
    rv_polygon shape; /* a point is a ring of one, a line a ring of its vertices; owned */
} rv_place;

RV_API const rv_fields *rv_place_fields(void);

#ifdef __cplusplus
}
#endif
#endif
