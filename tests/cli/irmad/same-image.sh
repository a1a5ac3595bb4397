# SPDX-License-Identifier: Apache-2.0
# A picture beside itself: nothing changed. The table, then the same as JSON without the long numbers.
head -c 12288 /dev/zero | tr '\0' 'a' >flat
{ i=0; while [ $i -lt 12288 ]; do printf "\\$(printf %03o $(((i * i / 7 + i * 31) % 251)))"; i=$((i + 1)); done; } >a
printf 'ENVI\nsamples = 64\nlines = 64\nbands = 3\ndata type = 1\ninterleave = bsq\nheader offset = 0\nbyte order = 0\n' >a.hdr
cp a.hdr flat.hdr
revisit irmad a a --out c.tif --progress none
revisit irmad a a --out c.tif
revisit irmad a a --out c.tif --overwrite --json | sed 's/"last_step.*"rho"/"rho"/; s/"mean_a.*//'
revisit irmad a flat --out d.tif
