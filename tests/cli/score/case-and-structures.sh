# SPDX-License-Identifier: Apache-2.0
touch t.geojson; revisit score --truth t.geojson --structures t.geojson --case x.case
