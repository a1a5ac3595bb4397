# SPDX-License-Identifier: Apache-2.0
revisit run b.tif --out x.case
test ! -e x.case
