# SPDX-License-Identifier: Apache-2.0
revisit init x.case --site missing.geojson
