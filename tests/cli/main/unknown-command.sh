# SPDX-License-Identifier: Apache-2.0
revisit detct x.case
