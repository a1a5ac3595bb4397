#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install the Debian packages of a list (one a line, # comments) that are not there yet. A package whose work another
# form already does (Node.js with its own npm) is left out. Names marked + are for make check-all: installed with --all.
# Names marked ++ are peers to be measured beside: installed with --peers, which takes the others too.
# Needs root or sudo only when something is missing.
set -eu
list=${1:?usage: install_packages.sh LIST [--all | --peers]}
all=${2:-}
missing=
for name in $(sed 's/#.*//' "$list"); do
    case $name in
    ++*) [ "$all" = --peers ] || continue ; name=${name#++} ;;
    +*) [ -n "$all" ] || continue ; name=${name#+} ;;
    esac
    case $name in
    nodejs | npm) command -v "${name%js}" >/dev/null 2>&1 && continue ;;
    esac
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
echo "installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
if ! { $as_root apt-get update -q && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
    cat "$log"
    echo "the packages above could not be installed" >&2
    exit 1
fi
