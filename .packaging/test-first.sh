#!/usr/bin/env bash
# From a fresh clone and an empty home to the first GeoJSON file: three commands, counted and timed.
#
#   .packaging/test-first.sh BIN      BIN: where private-sshd and site-generator are
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/gpsindex-first-XXXXXX")
server=""
finish() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# What is there before: photos on a server that ssh knows, and the source.
"$bin/site-generator" --out "$work/photos" --photos 240 --folders 6 --seed 2 >/dev/null
mkfifo "$work/facts"
"$bin/private-sshd" >"$work/facts" &
server=$!
read -r facts <"$work/facts"
field() { sed -nE "s/.*\"$1\": ?\"?([^\",}]*).*/\1/p" <<<"$facts"; }
location=sftp://$(field user)@127.0.0.1:$(field port)$work/photos
git clone -q --no-local "$here" "$work/gpsindex"
mkdir "$work/home"
cd "$work/gpsindex"
fresh=(env -i HOME="$work/home" PATH="$work/home/.local/bin:$PATH" LC_ALL=C.UTF-8)

begin=$SECONDS count=0
step() {
  local since=$SECONDS
  "${fresh[@]}" "$@" >"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
  count=$((count + 1))
  echo "$count. $(sed -e "s|$work|…|g" <<<"$*"): $((SECONDS - since)) s"
}
step make install PREFIX="$work/home/.local"
step gpsindex sync "$location" --identity "$(field identity)" --known-hosts "$(field known_hosts)"
step gpsindex export -o first.geojson
features=$(ogrinfo -ro -so -al first.geojson | sed -n 's/^Feature Count: //p')
[[ $features == 240 ]] || { echo "test-first: $features features, not 240"; exit 1; }
echo "test-first: $features photos as GeoJSON after $count commands and $((SECONDS - begin)) s"
