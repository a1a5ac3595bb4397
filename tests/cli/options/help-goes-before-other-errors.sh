# SPDX-License-Identifier: Apache-2.0
revisit judge --help one two three | head -1
