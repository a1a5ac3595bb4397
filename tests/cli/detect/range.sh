# SPDX-License-Identifier: Apache-2.0
revisit init x.case
revisit detect x.case --min-area-m2=-5
