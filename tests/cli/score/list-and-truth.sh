# SPDX-License-Identifier: Apache-2.0
touch list.tsv t.geojson; revisit score --scenes list.tsv --truth t.geojson
