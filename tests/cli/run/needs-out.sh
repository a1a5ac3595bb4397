# SPDX-License-Identifier: Apache-2.0
revisit run a.tif
