# SPDX-License-Identifier: Apache-2.0
# Two pictures without a CRS, a block in the second; points on the ground that fit, that are few, and that cannot be used.
python3 - <<'EOF'
from array import array
from math import sin
seed = 1
def noise():
    global seed
    seed = (seed * 1103515245 + 12345) % 2**31
    return seed / 2**31 - .5
for name, block in (("2020", 0), ("2022", 1)):
    pixels = array("H", (4500 if block and 50 <= r < 74 and 40 <= c < 76 else
                         int(1500 + 200 * b + 200 * sin(c / 7 + r / 23) * sin(r / 9 - c / 31) + 60 * noise())
                         for b in range(3) for r in range(128) for c in range(128)))
    open(name, "wb").write(pixels.tobytes())
    open(name + ".hdr", "w").write("ENVI\nsamples = 128\nlines = 128\nbands = 3\ndata type = 12\nheader offset = 0\n"
                                   "interleave = bsq\nbyte order = 0\n")
EOF
cat >good.csv <<'EOF'
image,col,row,x_m,y_m,name
2020,4,6,12,-18,well
2020,120,5,360,-15,gate
2020,118,122,354.6,-366,mill
2020,6,117,18,-351,barn
2020,60,50,180,-149.2,post
EOF
head -5 good.csv >four.csv
head -4 good.csv >three.csv
sed 's/,y_m/,north/' good.csv >header.csv
sed 's/....,60,50/1999,60,50/' good.csv >unknown.csv
sed 's/60,50,180/60,500,180/' good.csv >outside.csv
revisit run 2020 2022 --out x.case --quiet >/dev/null
revisit measure x.case --gcp good.csv --gcp-sigma-m 0.4 | grep -v structures
revisit show x.case gcps
revisit measure x.case --gcp four.csv | grep -v structures
for points in three header unknown outside none; do
    revisit measure x.case --gcp $points.csv
    echo "exit $?"
done
revisit measure x.case --gcp good.csv --gcp-sigma-m 0
