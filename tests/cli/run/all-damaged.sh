# SPDX-License-Identifier: Apache-2.0
echo hello > a.tif
revisit run a.tif --out x.case --json
