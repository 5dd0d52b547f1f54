#!/usr/bin/env bash
# Shows gpsindex with a private SFTP server: add a site, sync it twice, query it.
#
#   Tools/demo.sh BIN OUT      BIN: folder of the built programs, OUT: where the results go
#
# Everything else happens in a temporary folder; the server listens on 127.0.0.1 only and is
# stopped at the end, whatever happens.
set -euo pipefail

bin=$(cd "${1:-.build/release}" && pwd)
mkdir -p "${2:-out}"
out=$(cd "${2:-out}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/gpsindex-demo-XXXXXX")
server=""

finish() {
  status=$?
  trap - EXIT INT TERM
  if [[ -n $server ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
  ((status == 0)) || echo "the demo failed (status $status)" >&2
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n== %s\n' "$*"; }
run() {
  printf '$ gpsindex'
  printf ' %q' "$@"
  printf '\n'
  "$bin/gpsindex" "$@"
}
# One field of a line of flat JSON.
field() { sed -nE "s/.*\"$1\": ?\"?([^\",}]*).*/\1/p" "$2" | head -n 1; }

# The demo's own settings and index: nothing of the user's is read or written.
export XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_STATE_HOME=$work/state
export GPSINDEX_INDEX=$out/demo.gpkg
rm -f "$out"/demo.gpkg "$out"/demo.gpkg-wal "$out"/demo.gpkg-shm "$out"/demo.geojson

say "A site of 240 drone photos in 6 camera folders"
"$bin/site-generator" --out "$work/photos" --photos 240 --folders 6 --seed 2
photos=$(($(wc -l <"$work/photos.truth.csv") - 1))

say "A private SSH server on 127.0.0.1, with its own keys"
"$bin/private-sshd" >"$work/server.json" 2>"$work/server.err" &
server=$!
for ((i = 0; i < 600; i++)); do
  [[ -s $work/server.json ]] && break
  kill -0 "$server" 2>/dev/null || { cat "$work/server.err" >&2; exit 1; }
  sleep 0.05
done
port=$(field port "$work/server.json")
user=$(field user "$work/server.json")
[[ -n $port ]] || { echo "the server did not start" >&2; exit 1; }
echo "listening on 127.0.0.1:$port"

say "Add the site"
run site add demo "sftp://$user@127.0.0.1:$port$work/photos" \
  --identity "$(field identity "$work/server.json")" \
  --known-hosts "$(field known_hosts "$work/server.json")"

say "First sync: list the folders, read the few kilobytes with each position"
run sync demo --json | tee "$work/first.json"

say "Second sync: nothing changed, no file is opened"
run sync demo --json | tee "$work/second.json"
opened=$(field files_opened "$work/second.json")
[[ $opened == 0 ]] || { echo "the second sync opened $opened files" >&2; exit 1; }

say "Photos per folder"
run folders demo

# A box around the middle of one flight, from the truth beside the site.
box=$(awk -F, 'NR > 1 && !n { split($1, p, "/"); first = p[1] "/" p[2] }
  NR > 1 && index($1, first "/") == 1 { n++; lat[n] = $2; lon[n] = $3 }
  END { a = lat[1]; b = lat[int((n + 1) / 2)]; w = e = lon[1]
    for (i in lon) { if (lon[i] < w) w = lon[i]; if (lon[i] > e) e = lon[i] }
    if (a > b) { t = a; a = b; b = t }
    printf "%.4f,%.4f,%.4f,%.4f", w - 0.001, a - 0.001, e + 0.001, b }' \
  "$work/photos.truth.csv")
say "Photos in a box (offline)"
kill "$server" && wait "$server" 2>/dev/null || true
server=""
echo "(the server is stopped from here on)"
run query --bbox "$box" --count
run query --bbox "$box" --limit 5 -f table

say "Export as GeoJSON"
run export -f geojson -o "$out/demo.geojson"
counted=$("$bin/gpsindex" query --count)
[[ $counted == *"$photos"* ]] || { echo "$counted photos indexed, $photos written" >&2; exit 1; }

say "Done"
bytes=$(awk -F, 'NR > 1 { s += $7 } END { printf "%.0f", s / 1000000 }' "$work/photos.truth.csv")
echo "$photos photos of $bytes MB in all; $(field bytes_received "$work/first.json") bytes came over the network."
echo "Left for you to open in QGIS, or with ogrinfo:"
echo "  $out/demo.geojson"
echo "  $out/demo.gpkg    the index itself, a GeoPackage"
