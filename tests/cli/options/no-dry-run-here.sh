# SPDX-License-Identifier: Apache-2.0
revisit detect x.case --dry-run
