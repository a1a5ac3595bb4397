#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make check: build with warnings as errors and run every test but the suite slow, then the unit tests again under AddressSanitizer and
# UndefinedBehaviorSanitizer. The last line is the tally.
set -u
build=${1:-build}
unset DESTDIR
plain=$build-check sanitized=$build-asan

configure() {
    folder=$1
    shift
    [ -f "$folder/build.ninja" ] || meson setup "$folder" "$@" >"$folder.log" 2>&1 ||
        { cat "$folder.log"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
    rm -f "$folder.log"
    ninja -C "$folder" --quiet || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
}

rm -f "$plain"/meson-logs/testlog*.json "$sanitized"/meson-logs/testlog*.json
configure "$plain" -Dwerror=true
meson test -C "$plain" --no-rebuild --quiet --no-suite slow >/dev/null 2>&1
configure "$sanitized" -Db_sanitize=address,undefined -Doptimization=1 -Db_lundef=false
ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS="suppressions=$PWD/tests/lib/lsan.supp:print_suppressions=0" UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    meson test -C "$sanitized" --no-rebuild --quiet --suite unit >/dev/null 2>&1
exec python3 tools/tally.py "$plain/meson-logs/testlog.json" "$sanitized/meson-logs/testlog.json"
