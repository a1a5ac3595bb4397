# SPDX-License-Identifier: Apache-2.0
echo >a.tif
revisit run a.tif --gcp none.csv --out x.case
ls
