#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Guards of the public surface, as TAP.
set -u
what=$1 root=$2
[ $# -gt 2 ] && library=$(realpath "$3")
cd "$root" || exit 1
failed=0 n=0
ok() { # status text
    n=$((n + 1))
    [ "$1" = 0 ] && echo "ok $n - $2" || { echo "not ok $n - $2"; failed=1; }
}
echo "TAP version 13"
case $what in
headers)
    for header in include/revisit/*.h; do
        gcc -std=c17 -Wall -Wextra -Wconversion -Wpedantic -Werror -Iinclude -fsyntax-only -x c "$header" 2>&1 | grep -v 'pragma once' | sed 's/^/# /'
        gcc -std=c17 -Wall -Wextra -Wconversion -Wpedantic -Werror -Iinclude -fsyntax-only -x c "$header" >/dev/null 2>&1
        ok $? "$(basename "$header") stands alone in C17"
        g++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -x c++ "$header" >/dev/null 2>&1
        ok $? "$(basename "$header") stands alone in C++17"
    done
    ;;
symbols)
    # three names that some linkers add are no part of the surface
    nm -D --defined-only "$library" | awk '$2 ~ /[TDBR]/ && $3 !~ /^(__bss_start|_edata|_end)$/ { print $3 }' | LC_ALL=C sort >"${TMPDIR:-/tmp}/symbols.$$"
    diff tests/surface/symbols.txt "${TMPDIR:-/tmp}/symbols.$$" | sed 's/^/# /'
    cmp -s tests/surface/symbols.txt "${TMPDIR:-/tmp}/symbols.$$"
    ok $? "the library exports what tests/surface/symbols.txt lists"
    rm -f "${TMPDIR:-/tmp}/symbols.$$"
    ;;
format)
    bad=$(find include src cli tests examples -name '*.[ch]' | xargs clang-format --dry-run 2>&1 | sed -n 's/^\([^:]*\):.*/\1/p' | sort -u)
    for file in $bad; do echo "# $file"; done
    [ -z "$bad" ]
    ok $? "every file is in the house format (make format)"
    ;;
packages)
    ! grep -qE 'apt(-get)? install' README.md CONTRIBUTING.md Makefile .ci/run
    ok $? "packages are listed in packages.txt alone"
    ! git grep -nIE '(^|[^A-Za-z0-9_.])/(work|farm|root|home)/' -- . ':!tests/surface/surface.sh' 2>/dev/null | sed 's/^/# /' | grep .
    ok $? "no path of a machine stands in the tree"
    missing=$(git ls-files '*.c' '*.h' '*.py' '*.sh' 'meson.build' '*/meson.build' 2>/dev/null | xargs grep -L 'SPDX-License-Identifier: Apache-2.0' 2>/dev/null)
    for file in $missing; do echo "# $file"; done
    [ -z "$missing" ]
    ok $? "every source names its licence"
    ;;
esac
echo "1..$n"
exit $failed
