#!/usr/bin/env bash
# Builds another package on the library products: Examples on this checkout by path, and a
# copy of it on a clone of the last commit by git address, as packages from elsewhere are.
#
#   .packaging/test-package.sh SWIFT
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
swift=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/gpsindex-package-XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "by path"
"$swift" build --package-path "$here/Examples" --scratch-path "$here/.build/examples"

echo "by git address"
git clone -q --no-local "$here" "$work/gpsindex"
revision=$(git -C "$work/gpsindex" rev-parse HEAD)
cp -r "$here/Examples" "$work/other"
rm -rf "$work/other/.build" "$work/other/Package.resolved"
sed -i.bak -E "s|\.package\(name: \"gpsindex\", path: [^)]*\)|.package(url: \"file://$work/gpsindex\", revision: \"$revision\")|" \
  "$work/other/Package.swift"
"$swift" build --package-path "$work/other"
[[ $("$("$swift" build --package-path "$work/other" --show-bin-path)/photo-position" "$here/README.md") == *not-an-image* ]]
echo "test-package: both built"
