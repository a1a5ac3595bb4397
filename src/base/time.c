/* SPDX-License-Identifier: Apache-2.0 */
/* ISO 8601 dates and times of any stated precision as the period they cover, and back to text.
 *
 * The calendar is the proleptic Gregorian one, by the arithmetic of [hinnant2013] (years begin in March, so that the leap
 * day is the last). The C library's calendar is not asked: it knows time zones, and mktime follows TZ. A text without a
 * zone is UTC, as satellite metadata means it. */
#include "base/time.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/text.h"

enum { TIME_MAX = 64, NAME_YEAR_MIN = 1900, NAME_YEAR_MAX = 2099 };

static const double day_s = 86400;

typedef struct civil {
    int year, month, day, hour, minute, second; /* -1 where not stated */
    double fraction;
} civil;

static const civil nothing = { -1, -1, -1, -1, -1, -1, 0 };

double rv__time_of_date(int year, int month, int day)
{
    const int64_t y = (int64_t)year - (month <= 2);
    const int64_t era = (y >= 0 ? y : y - 399) / 400, year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return day_s * (double)(era * 146097 + day_of_era - 719468);
}

void rv__date_of_time(double t, int *year, int *month, int *day)
{
    const int64_t days = (int64_t)floor(t / day_s) + 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097, day_of_era = days - era * 146097;
    const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t m = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static int days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* A second of 60 is a leap second; like POSIX we let it be the first of the next minute. */
static bool exists(const civil *c)
{
    return (c->month == -1 || (c->month >= 1 && c->month <= 12)) &&
           (c->day == -1 || (c->day >= 1 && c->day <= days_of_month(c->year, c->month))) && c->hour <= 23 &&
           c->minute <= 59 && c->second <= (c->minute == 59 ? 60 : 59);
}

static int or_else(int stated, int otherwise)
{
    return stated == -1 ? otherwise : stated;
}

/* From the first to the last second that the stated parts allow. */
static rv_period period_of(const civil *c)
{
    const int last_month = or_else(c->month, 12), last_day = or_else(c->day, days_of_month(c->year, last_month));
    rv_period p;
    p.t_min = rv__time_of_date(c->year, or_else(c->month, 1), or_else(c->day, 1)) + 3600.0 * or_else(c->hour, 0) +
              60.0 * or_else(c->minute, 0) + or_else(c->second, 0) + c->fraction;
    p.t_max = rv__time_of_date(c->year, last_month, last_day) + 3600.0 * or_else(c->hour, 23) +
              60.0 * or_else(c->minute, 59) + or_else(c->second, 59) + c->fraction;
    return p;
}

/* Takes exactly n digits off *s. */
static bool take_digits(const char **s, int n, int *out)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        const char c = (*s)[i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *s += n;
    *out = value;
    return true;
}

static bool take(const char **s, const char *any_of)
{
    if (!**s || !strchr(any_of, **s))
        return false;
    ++*s;
    return true;
}

static bool take_fraction(const char **s, double *out)
{
    double place = 1, value = 0;
    const char *first = *s;
    for (; **s >= '0' && **s <= '9'; ++*s) {
        if (*s - first < 9) {
            value = value * 10 + (**s - '0');
            place *= 10;
        }
    }
    *out = value / place;
    return *s > first;
}

/* "Z", "+02:00", "-0330", "+02" or nothing; minutes east of Greenwich. */
static bool take_zone(const char **s, int *minutes)
{
    int hour = 0, minute = 0;
    *minutes = 0;
    if (take(s, "Zz") || !**s)
        return true;
    const int sign = **s == '-' ? -1 : 1;
    if (!take(s, "+-") || !take_digits(s, 2, &hour))
        return false;
    if (take(s, ":") ? !take_digits(s, 2, &minute) : **s && !take_digits(s, 2, &minute))
        return false;
    *minutes = sign * (60 * hour + minute);
    return hour <= 23 && minute <= 59;
}

static bool take_date(const char **s, civil *c)
{
    if (!take_digits(s, 4, &c->year))
        return false;
    if (!take(s, "-"))
        return true;
    if (!take_digits(s, 2, &c->month))
        return false;
    return !take(s, "-") || take_digits(s, 2, &c->day);
}

static bool take_clock(const char **s, civil *c)
{
    if (!take_digits(s, 2, &c->hour))
        return false;
    if (!take(s, ":"))
        return true;
    if (!take_digits(s, 2, &c->minute))
        return false;
    if (!take(s, ":"))
        return true;
    if (!take_digits(s, 2, &c->second))
        return false;
    return !take(s, ".,") || take_fraction(s, &c->fraction);
}

static bool parse_one(rv_period *out, const char *s)
{
    civil c = nothing;
    int minutes_east = 0;
    if (!take_date(&s, &c))
        return false;
    if (c.day != -1 && take(&s, "Tt ") && !(take_clock(&s, &c) && take_zone(&s, &minutes_east)))
        return false;
    if (*s || !exists(&c))
        return false;
    *out = period_of(&c);
    out->t_min -= 60.0 * minutes_east;
    out->t_max -= 60.0 * minutes_east;
    return true;
}

/* One side of a range, n bytes; "" and ".." are an open end. */
static bool parse_side(rv_period *out, const char *text, size_t n)
{
    char side[TIME_MAX];
    if (n >= sizeof side)
        return false;
    memcpy(side, text, n);
    side[n] = '\0';
    *out = (rv_period){ -INFINITY, INFINITY };
    return n == 0 || strcmp(side, "..") == 0 || parse_one(out, side);
}

static bool parse_range(rv_period *out, const char *text, const char *mark, size_t mark_length)
{
    rv_period a, b;
    const char *second = mark + mark_length;
    if (!parse_side(&a, text, (size_t)(mark - text)) || !parse_side(&b, second, strlen(second)))
        return false;
    *out = (rv_period){ a.t_min, b.t_max };
    return a.t_min <= b.t_max && (isfinite(a.t_min) || isfinite(b.t_max));
}

int rv_period_parse(rv_period *out, const char *text)
{
    rv_period p;
    const char *slash = strchr(text, '/'), *dots = strstr(text, "..");
    const bool ok = slash  ? parse_range(&p, text, slash, 1)
                    : dots ? parse_range(&p, text, dots, 2)
                           : parse_one(&p, text);
    if (!ok)
        return rv__fail(RV_ERR_FORMAT,
                        "'%.60s' is no date, time or period like 2022-05-16T10:18:15Z or 2022-05/2022-07", text);
    *out = p;
    return RV_OK;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* hhmmss, hh.mm.ss, hh-mm-ss, hh:mm:ss or hh_mm_ss, the same mark twice. */
static bool take_name_clock(const char **s, civil *c)
{
    const char *p = *s;
    civil found = *c;
    if (!take_digits(&p, 2, &found.hour))
        return false;
    const char mark[2] = { strchr(".-:_", *p) ? *p : '\0', '\0' };
    if ((mark[0] && !take(&p, mark)) || !take_digits(&p, 2, &found.minute) || (mark[0] && !take(&p, mark)) ||
        !take_digits(&p, 2, &found.second) || is_digit(*p) || !exists(&found))
        return false;
    *s = p;
    *c = found;
    return true;
}

/* YYYYMMDD with a time behind it: without one it could be any number. */
static bool take_name_packed(const char **s, civil *c)
{
    return take_digits(s, 4, &c->year) && take_digits(s, 2, &c->month) && take_digits(s, 2, &c->day) && exists(c) &&
           take(s, "T_-") && take_name_clock(s, c);
}

/* YYYY-MM, YYYY-MM-DD and YYYY-MM-DD with a time, '-' or '_' or '.' between; as much as there is. */
static bool take_name_marked(const char **s, civil *c)
{
    if (!take_digits(s, 4, &c->year))
        return false;
    const char mark[2] = { **s, '\0' };
    if (!take(s, "-_.") || !take_digits(s, 2, &c->month) || !exists(c) || is_digit(**s))
        return false;
    const char *p = *s;
    civil whole = *c;
    if (!take(&p, mark) || !take_digits(&p, 2, &whole.day) || is_digit(*p) || !exists(&whole))
        return mark[0] != '.'; /* "2022.05" is a number */
    *c = whole;
    *s = p;
    if (take(&p, "Tt_- ") && take_name_clock(&p, c))
        *s = p;
    return true;
}

static size_t match_name(civil *out, const char *name)
{
    const char *p = name;
    civil c = nothing;
    bool ok = take_name_packed(&p, &c);
    if (!ok) {
        p = name;
        c = nothing;
        ok = take_name_marked(&p, &c);
    }
    if (!ok || c.year < NAME_YEAR_MIN || c.year > NAME_YEAR_MAX)
        return 0;
    *out = c;
    return (size_t)(p - name);
}

int rv__period_from_name(rv_period *out, const char *name)
{
    size_t best = 0;
    civil found = nothing, c = nothing;
    for (const char *p = name; *p; p++) {
        const bool starts = is_digit(*p) && (p == name || !is_digit(p[-1]));
        const size_t n = starts ? match_name(&c, p) : 0;
        if (n > best) {
            best = n;
            found = c;
        }
    }
    if (!best)
        return rv__fail(RV_ERR_NOTFOUND, "name '%.80s' holds no date like 2022-05-16, 2022_05 or 20220516_101815",
                        name);
    *out = period_of(&found);
    return RV_OK;
}

static bool is_writable(double t)
{
    return fabs(t) < 1e13; /* some 300,000 years: beyond, days no longer fit an int's year */
}

void rv_time_text(char out[RV_TIME_TEXT_MAX], double t)
{
    out[0] = '\0';
    if (!is_writable(t))
        return;
    double second = floor(t);
    long micro = lround((t - second) * 1e6);
    if (micro == 1000000) {
        second += 1;
        micro = 0;
    }
    int year, month, day;
    rv__date_of_time(second, &year, &month, &day);
    const int of_day = (int)(second - day_s * floor(second / day_s));
    int n = rv__text_format(out, RV_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, of_day / 3600,
                            of_day / 60 % 60, of_day % 60);
    if (micro > 0) {
        n += rv__text_format(out + n, RV_TIME_TEXT_MAX - (size_t)n, ".%06ld", micro);
        while (out[n - 1] == '0')
            n--;
    }
    rv__text_format(out + n, RV_TIME_TEXT_MAX - (size_t)n, "Z");
}

void rv_date_text(char out[RV_TIME_TEXT_MAX], double t)
{
    out[0] = '\0';
    if (!is_writable(t))
        return;
    int year, month, day;
    rv__date_of_time(t, &year, &month, &day);
    rv__text_format(out, RV_TIME_TEXT_MAX, "%04d-%02d-%02d", year, month, day);
}

static double read_clock(clockid_t which)
{
    struct timespec now = { 0 };
    clock_gettime(which, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double rv__now(void)
{
    return read_clock(CLOCK_REALTIME);
}

double rv__clock(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
