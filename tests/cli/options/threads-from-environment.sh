# SPDX-License-Identifier: Apache-2.0
REVISIT_THREADS=many revisit verify x.case
