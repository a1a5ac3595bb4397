# SPDX-License-Identifier: Apache-2.0
revisit detect x.case y.case
