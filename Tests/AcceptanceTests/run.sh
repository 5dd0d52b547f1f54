#!/bin/bash
# The index in the programs it is made for: QGIS (with a picture of it), GDAL's validator, ogrinfo,
# pyogrio, GeoPandas, DuckDB. Usage: run.sh BIN PYTHON OUT
set -eu -o pipefail
bin=$1 python=$2 out=$3
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
index=$out/accept.gpkg
rm -f "$index" "$index-wal" "$index-shm"
"$bin/index-generator" "$index" --sites 1 --drone >"$out/accept.json"
count=$("$bin/gpsindex" query --count --index "$index")
echo "$index: $count photos with a position"

/usr/bin/python3 /usr/lib/python3/dist-packages/osgeo_utils/samples/validate_gpkg.py -q --extra "$index"
echo "validate_gpkg.py: 0 errors"
ogrinfo -ro -so "$index" | sed -n '/^[0-9]*:/p'

"$python" "$here/python_tools.py" "$index" "$count"
"$python" "$here/parquet.py" "$index" "$out/accept-parquet"
/usr/bin/python3 "$here/qgis_layers.py" "$index" "$count" 2>/dev/null
/usr/bin/python3 "$here/qgis_features.py" "$bin" "$index" "$count" 2>/dev/null

# A first flight fills the picture, from the live index.
extent=$("$bin/gpsindex" folders --limit 1 -f csv --index "$index" | tail -1 | tr -d '\r' | cut -d, -f7-10)
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
rm -f "$out/qgis.png"
HOME=$profile timeout 120 xvfb-run -a -s '-screen 0 1280x1024x24' qgis --nologo --noversioncheck \
  --noplugins --profiles-path "$profile" --extent "$extent" --width 1100 --height 800 \
  --snapshot "$out/qgis.png" "$index|layername=folders" "$index|layername=tracks" \
  "$index|layername=photos" >"$out/qgis.log" 2>&1 || true
[[ -s $out/qgis.png ]] || { tail -5 "$out/qgis.log"; exit 1; }
echo "picture of QGIS: $out/qgis.png"
"$bin/gpsindex" check --index "$index"
