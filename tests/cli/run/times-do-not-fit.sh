# SPDX-License-Identifier: Apache-2.0
revisit run a.tif b.tif c.tif --time 2020 --time 2021 --out x.case
