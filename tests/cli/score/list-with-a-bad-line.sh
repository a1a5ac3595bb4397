# SPDX-License-Identifier: Apache-2.0
printf 'one column\n' > list.tsv
revisit score --scenes list.tsv
