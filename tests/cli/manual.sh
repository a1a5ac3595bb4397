#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The made manual and completions: pages render without a warning, bash loads its file and completes.
# usage: manual.sh FOLDER
folder=$1
n=0 failed=0
report() { # status, sentence
    n=$((n + 1))
    [ "$1" = 0 ] && echo "ok $n - $2" || { echo "not ok $n - $2"; failed=1; }
}
complete_at() { # words of a command line, the last of them unfinished
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _revisit
    echo "${COMPREPLY[*]}"
}
echo "TAP version 13"
echo "1..7"
if command -v groff > /dev/null; then
    warnings=$(for page in "$folder"/*.1; do groff -man -Tutf8 -ww -z "$page" 2>&1; done)
    [ -z "$warnings" ]; report $? "every page of the manual renders without a warning"
else
    n=1; echo "ok 1 - every page of the manual renders without a warning # SKIP groff is not installed"
fi
source "$folder/revisit.bash"; report $? "bash reads its completions"
[ "$(complete_at revisit mea)" = measure ]; report $? "a command is completed"
[ "$(complete_at revisit detect --min)" = "--min-area-m2 --min-area-px2" ]; report $? "an option is completed"
[ -z "$(complete_at revisit detect --dry)" ]; report $? "an option that a command refuses is not offered"
[ "$(complete_at revisit align --model aff)" = affine ]; report $? "a word of an option is completed"
[ "$(complete_at revisit show x.case struct)" = structures ]; report $? "a table is completed"
exit $failed
