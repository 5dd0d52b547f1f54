#!/usr/bin/env bash
# Writes the documentation of the library products as one static site; any warning is an error.
#
#   .packaging/docs.sh MODULES OUT TARGET-TRIPLE
#
# MODULES: the folder of built Swift modules. docc and the extractor of symbols come with the toolchain, so
# that no build has to fetch a plugin.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
modules=$1 out=$2 triple=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/gpsindex-docs-XXXXXX")
trap 'rm -rf "$work"' EXIT

maps=()
for map in "$here"/Sources/C*/module.modulemap; do
  [[ $map == *Library/* ]] || maps+=(-Xcc "-fmodule-map-file=$map")
done

archives=()
for catalog in "$here"/Sources/*/*.docc; do
  name=$(basename "$catalog" .docc)
  mkdir "$work/$name"
  swift symbolgraph-extract -module-name "$name" -I "$modules" -target "$triple" "${maps[@]}" \
    -minimum-access-level public -skip-synthesized-members -skip-inherited-docs -output-dir "$work/$name"
  docc convert "$catalog" --additional-symbol-graph-dir "$work/$name" --fallback-display-name "$name" \
    --fallback-bundle-identifier "gpsindex.$name" --disable-parameters-and-returns-validation \
    --warnings-as-errors --output-path "$work/$name.doccarchive"
  archives+=("$work/$name.doccarchive")
done
rm -rf "$out"
docc merge "${archives[@]}" --synthesized-landing-page-name gpsindex --output-path "$out"
echo "docs: ${#archives[@]} libraries in $out (python3 -m http.server -d $out, then /documentation)"
