# SPDX-License-Identifier: Apache-2.0
echo '{"type": "FeatureCollection", "crs_less": true, "features": [{"type": "Feature", "properties": {"id": "a", "kind": "hall", "event": "new"}, "geometry": {"type": "Polygon", "coordinates": [[[4,4],[10,4],[10,10],[4,10],[4,4]]]}}]}' > t.geojson; echo text > label.png
revisit score --label label.png --structures t.geojson
