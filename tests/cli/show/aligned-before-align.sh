# SPDX-License-Identifier: Apache-2.0
revisit init x.case
revisit show x.case aligned --out aligned
