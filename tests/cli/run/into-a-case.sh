# SPDX-License-Identifier: Apache-2.0
revisit init x.case
touch a.tif
revisit run a.tif --out x.case
