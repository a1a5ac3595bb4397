# SPDX-License-Identifier: Apache-2.0
# One image; images of one time, given against what they say; images without dates or sun angles.
revisit simulate --out s --size-px 96 --dates 2 --cloud-share 0 --buildings-old 1 --buildings-new 1 -q
revisit run s/2023-01-15.tif --out one.case | grep -o 'A change needs a second image.'
revisit run s/*.tif --time 2023-05-01 --out same.case >/dev/null
cp s/2023-01-15.tif a.tif && cp s/2023-02-15.tif b.tif
revisit run a.tif b.tif --out plain.case >/dev/null
sed 's/<[^>]*>//g' plain.case/reports/report.html | grep -o 'No image tells where the sun stood'
