# SPDX-License-Identifier: Apache-2.0
revisit init x.case --json
echo hello > a.tif
revisit add x.case a.tif --json
