# SPDX-License-Identifier: Apache-2.0
mkdir x.case
touch x.case/mine
revisit init x.case
