#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make check-all: the long blocks, each with its own minutes, until the budget of REVISIT_BUDGET_MIN (45) is spent. A block
# that does not fit is named as skipped. The last line is the tally.
set -u
build=${1:-build}
budget=$((${REVISIT_BUDGET_MIN:-45} * 60))
begun=$(date +%s)
passed=0 failed=0 skipped=0

# name, minutes it may need. REVISIT_BLOCKS="threads:10 address:8 memory:9 scoreboard:6" runs those: they have not all been seen to pass
# from end to end yet, and stand here until they have.
blocks=$(echo "${REVISIT_BLOCKS:-clang:8 slow:5 valgrind:4 threads:10 scoreboard:7}" | tr ' :' '\n ')

configure() {
    folder=$1
    shift
    [ -f "$folder/build.ninja" ] || meson setup "$folder" "$@" >"$folder.log" 2>&1 || { cat "$folder.log"; return 1; }
    rm -f "$folder.log"
    ninja -C "$folder" --quiet
}

# The tests of a suite in a build; adds its tally.
suite() {
    rm -f "$1"/meson-logs/testlog*.json
    meson test -C "$1" --no-rebuild --quiet --suite "$2" $3 >/dev/null 2>&1
    result=$(python3 tools/tally.py "$1"/meson-logs/testlog*.json)
    echo "$result"
    last=$(echo "$result" | tail -n 1)
    add=$(echo "$last" | awk '{ print $1, $3, $5 }')
    set -- $add
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

block_clang() {
    CC=clang configure "$build-clang" -Dwerror=true && suite "$build-clang" unit ""
}

# The tests of what runs on several threads; the others have nothing to race with.
block_threads() {
    tests="base/parallel align/align align/recognise normalise/normalise normalise/masks detect/candidates simulate/draw measure/measure"
    configure "$build-tsan" -Db_sanitize=thread -Db_lundef=false -Doptimization=1 &&
        TSAN_OPTIONS="suppressions=$PWD/tests/lib/tsan.supp" REVISIT_THREADS=4 suite "$build-tsan" unit "--timeout-multiplier 4 $tests"
}

# What make check leaves out under these sanitizers.
block_address() {
    configure "$build-asan" -Db_sanitize=address,undefined -Doptimization=1 -Db_lundef=false &&
        LSAN_OPTIONS="suppressions=$PWD/tests/lib/lsan.supp:print_suppressions=0" \
            UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 suite "$build-asan" long "--timeout-multiplier 4"
}

# What make check leaves out for its minutes.
block_slow() {
    configure "$build" && suite "$build" slow ""
}

block_valgrind() {
    configure "$build" || return 1
    for name in base_mem base_field base_json geo_polygon raster_label raster_coverage case_case; do
        program=$(find "$build/tests" -maxdepth 2 -name "test_$name" -type f | head -n 1)
        [ -n "$program" ] || continue
        if valgrind -q --error-exitcode=99 "$program" >"$build/valgrind.log" 2>&1; then
            echo "ok valgrind $name"
            passed=$((passed + 1))
        else
            echo "FAILED valgrind $name"
            tail -n 20 "$build/valgrind.log"
            failed=$((failed + 1))
        fi
    done
}

# A long series stays under its memory budget, and takes what docs/numbers.md says beside gdalwarp.
block_memory() {
    configure "$build" && python3 bench/series.py "$build/cli/revisit" && passed=$((passed + 1)) || failed=$((failed + 1))
}

# The naive methods and the scoreboard on toy cases, then the scoreboard itself at its small size: fails when a part of it
# breaks, or when drawn sites have become easy (gate.*) or slow to draw (sim.speed). Other goals may be missed.
block_scoreboard() {
    configure "$build" && /usr/bin/python3 bench/test_naive.py && /usr/bin/python3 bench/test_scoreboard.py &&
        /usr/bin/python3 bench/scoreboard.py "$build/cli/revisit" --out "$build/scoreboard.json" --strict && passed=$((passed + 1))
}

while read -r name minutes; do
    left=$((budget - $(date +%s) + begun))
    if [ "$left" -lt $((minutes * 60)) ]; then
        echo "skipped block $name: needs $minutes minutes, $((left / 60)) are left"
        skipped=$((skipped + 1))
        continue
    fi
    echo "block $name"
    "block_$name" || { echo "FAILED block $name"; failed=$((failed + 1)); }
done <<EOF
$blocks
EOF
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
