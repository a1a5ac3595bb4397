# SPDX-License-Identifier: Apache-2.0
revisit -q show x.case
