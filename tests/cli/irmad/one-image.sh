# SPDX-License-Identifier: Apache-2.0
revisit irmad a.tif --out c.tif
