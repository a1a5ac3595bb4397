# SPDX-License-Identifier: Apache-2.0
revisit init x.case
echo hello > a.tif
: > empty.tif
revisit add x.case a.tif empty.tif
echo "exit $?"
revisit show x.case scenes
