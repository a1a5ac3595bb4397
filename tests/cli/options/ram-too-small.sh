# SPDX-License-Identifier: Apache-2.0
revisit verify x.case --ram=1k
