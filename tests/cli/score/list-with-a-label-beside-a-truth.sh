# SPDX-License-Identifier: Apache-2.0
printf 't.geojson\tf.geojson\tsame.tif\n' > list.tsv
revisit score --scenes list.tsv
