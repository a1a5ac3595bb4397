# SPDX-License-Identifier: Apache-2.0
mkdir x.case
revisit show x.case
