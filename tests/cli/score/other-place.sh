# SPDX-License-Identifier: Apache-2.0
echo '{"type": "FeatureCollection", "crs_less": true, "grid": {"width": 40, "height": 20}, "features": [{"type": "Feature", "properties": {"id": "a", "kind": "hall", "event": "new", "likelihood": 0.8}, "geometry": {"type": "Polygon", "coordinates": [[[4,4],[10,4],[10,10],[4,10],[4,4]]]}}]}' > t.geojson; sed 's/\[5,/[905,/g; s/\[11,/[911,/g' > f.geojson <<'EOF'
{"type": "FeatureCollection", "crs_less": true, "features": [{"type": "Feature", "properties": {"id": "s1", "kind": "hall", "event": "new", "nfa": 0.1, "likelihood": 0.8}, "geometry": {"type": "Polygon", "coordinates": [[[5,4],[11,4],[11,10],[5,10],[5,4]]]}}]}
EOF
revisit score --truth t.geojson --structures f.geojson
