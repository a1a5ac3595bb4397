# SPDX-License-Identifier: Apache-2.0
touch t.geojson f.geojson x.json c.tif; mkdir m; revisit score --truth t.geojson --case x.case --masks m
