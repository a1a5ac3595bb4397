# SPDX-License-Identifier: Apache-2.0
echo '{"type": ' > t.geojson; echo '{"type": "FeatureCollection", "crs_less": true, "features": [{"type": "Feature", "properties": {"id": "s1", "kind": "hall", "event": "new", "nfa": 0.1, "likelihood": 0.8}, "geometry": {"type": "Polygon", "coordinates": [[[5,4],[11,4],[11,10],[5,10],[5,4]]]}}]}' > f.geojson
revisit score --truth t.geojson --structures f.geojson
