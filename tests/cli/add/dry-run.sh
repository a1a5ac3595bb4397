# SPDX-License-Identifier: Apache-2.0
touch a.tif
revisit add x.case a.tif b.tif --dry-run
