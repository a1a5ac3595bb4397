# SPDX-License-Identifier: Apache-2.0
echo x > t.geojson; revisit score --truth t.geojson
