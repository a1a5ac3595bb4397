# SPDX-License-Identifier: Apache-2.0
touch a.tif
revisit run a.tif b.tif --out x.case --dry-run --json
