# SPDX-License-Identifier: Apache-2.0
echo '{"type": "FeatureCollection", "crs_less": true, "grid": {"width": 40, "height": 20}, "features": [{"type": "Feature", "properties": {"id": "a", "kind": "hall", "event": "new", "likelihood": 0.8}, "geometry": {"type": "Polygon", "coordinates": [[[4,4],[10,4],[10,10],[4,10],[4,4]]]}}]}' > t.geojson
revisit score --truth t.geojson --structures t.geojson --metric object,beauty
