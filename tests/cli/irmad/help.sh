# SPDX-License-Identifier: Apache-2.0
revisit irmad --help
