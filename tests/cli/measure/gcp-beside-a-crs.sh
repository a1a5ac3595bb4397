# SPDX-License-Identifier: Apache-2.0
revisit simulate --out site --size-px 160 --dates 2 --buildings-old 1 --buildings-new 1 --quiet >/dev/null
revisit run site/20*.tif --out x.case --quiet >/dev/null
echo image,col,row,x_m,y_m >points.csv
revisit measure x.case --gcp points.csv
