# SPDX-License-Identifier: Apache-2.0
touch t.geojson f.geojson x.json c.tif; mkdir m; revisit score --scenes t.geojson --transforms x.json
