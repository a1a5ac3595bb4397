# SPDX-License-Identifier: Apache-2.0
revisit simulate --out x --size-px 1
