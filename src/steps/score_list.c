/* SPDX-License-Identifier: Apache-2.0 */
/* A list of scenes: truth, tab, case or structures, and a label of the unchanged where there is one. */
#include <revisit/score.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"

#include <string.h>

enum { LIST_MAX = 16 << 20, COLUMNS = 3 };

typedef struct scene_list {
    const char *path;
    RV__VEC(rv_score_scene) scenes;
    RV__VEC(char *) paths; /* that the scenes borrow */
} scene_list;

static void scene_list_release(scene_list *list)
{
    for (size_t i = 0; i < list->paths.n; i++)
        rv__free(list->paths.v[i]);
    rv__free(list->paths.v);
    rv__free(list->scenes.v);
}

/* A path as the list means it, kept by it. */
static int keep_path(const char **out, scene_list *list, const char *text)
{
    char folder[RV_PATH_MAX], joined[RV_PATH_MAX];
    const size_t n = (size_t)(rv__path_base(list->path) - list->path);
    int err = RV_OK;
    if (n >= sizeof folder)
        return rv__fail(RV_ERR_REFUSED, "%s: the path is too long", list->path);
    memcpy(folder, list->path, n);
    folder[n > 1 ? n - 1 : n] = '\0'; /* without the last slash, but "/" itself */
    const bool relative = text[0] != '/' && n > 0;
    if (relative && (err = rv__path_join(joined, sizeof joined, folder, text)) < 0)
        return err;
    char *copy = rv__strdup(relative ? joined : text);
    if (!copy)
        return RV_ERR_NOMEM;
    if ((err = RV__PUSH(&list->paths, copy)) < 0)
        rv__free(copy);
    *out = copy;
    return err;
}

static bool ends_in(const char *text, const char *end)
{
    const size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

/* Cuts a line at its tabs; empty columns do not count. */
static int split(char *column[COLUMNS], char *line)
{
    int n = 0;
    for (char *rest = line; rest;) {
        char *tab = strchr(rest, '\t');
        if (tab)
            *tab = '\0';
        if (*rest) {
            if (n == COLUMNS)
                return n + 1;
            column[n++] = rest;
        }
        rest = tab ? tab + 1 : NULL;
    }
    return n;
}

static int add_line(scene_list *list, char *line)
{
    char *column[COLUMNS];
    rv_score_scene scene = { 0 };
    const int n = split(column, line);
    int err;
    if (n == 0 || line[0] == '#')
        return RV_OK;
    if (n < 2 || n > COLUMNS)
        return rv__fail(RV_ERR_FORMAT, "%d columns, not 2 or 3 (truth, case or structures, label of the unchanged)", n);
    const bool json = ends_in(column[0], "json");
    if (json && n == 3)
        return rv__fail(RV_ERR_FORMAT, "a third column beside a truth: a label of the unchanged goes with a label");
    if ((err = keep_path(json ? &scene.truth : &scene.label, list, column[0])) < 0 ||
        (err = keep_path(&scene.found, list, column[1])) < 0 ||
        (n == 3 && (err = keep_path(&scene.label_unchanged, list, column[2])) < 0))
        return err;
    return RV__PUSH(&list->scenes, scene);
}

static int read_list(scene_list *list, char *text)
{
    int number = 0;
    for (char *line = text; line; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        const size_t n = strlen(line);
        if (n > 0 && line[n - 1] == '\r')
            line[n - 1] = '\0';
        const int err = add_line(list, line);
        if (err < 0)
            return rv__subject(err, "%s, line %d: ", rv__path_base(list->path), number + 1);
        line = end ? end + 1 : NULL;
    }
    if (list->scenes.n == 0)
        return rv__fail(RV_ERR_FORMAT, "%s: no scene in it", rv__path_base(list->path));
    return RV_OK;
}

int rv_score_list(rv_scores *out, const char *path, const rv_score_opts *opts)
{
    scene_list list = { .path = path };
    char *text = NULL;
    size_t n = 0;
    int err = rv__file_read(&text, &n, path, LIST_MAX);
    if (err < 0)
        return err;
    if ((err = read_list(&list, text)) == RV_OK)
        err = rv_score(out, list.scenes.v, list.scenes.n, opts);
    rv__free(text);
    scene_list_release(&list);
    return err;
}
