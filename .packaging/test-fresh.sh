#!/usr/bin/env bash
# From a fresh Debian 12 (below a folder) with a Swift toolchain and a clone, to the first GeoJSON file:
# three commands, timed, with the packages that the first one installs.
#
#   .packaging/test-fresh.sh SITE-GENERATOR
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
generator=$1
((EUID == 0)) || exec sudo --preserve-env=PATH "$0" "$@"
toolchain=$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")
work=$(mktemp -d "${TMPDIR:-/var/tmp}/gpsindex-fresh-XXXXXX")
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT

# What the toolchain itself asks for, make, and git.
debootstrap --variant=minbase --include="ca-certificates,make,git,gcc,binutils,libcurl4-openssl-dev,libedit2,$(
  )libncurses6,libpython3.11,libstdc++-12-dev,libxml2,libz3-4,tzdata" bookworm "$root" >"$work/log" 2>&1 \
  || { tail "$work/log" >&2; exit 1; }
git clone -q --no-local "$here" "$root/root/gpsindex"
"$generator" --out "$root/root/photos" --photos 240 --folders 6 --seed 2 >/dev/null
mkdir "$root/root/home"
cat >"$root/root/steps.sh" <<'STEPS'
set -euo pipefail
cd /root/gpsindex
begin=$SECONDS
make install PREFIX=$HOME/.local >/root/log 2>&1 || { tail -n 30 /root/log; exit 1; }
grep '^installing ' /root/log || true
echo "1. make install: $((SECONDS - begin)) s"
gpsindex sync -q /root/photos
gpsindex export -q -o first.geojson
features=$(grep -c '"Feature"' first.geojson)
echo "3 commands, $((SECONDS - begin)) s: $features photos as GeoJSON"
[[ $features == 240 ]]
STEPS

# Mirrors of this machine that git is told to use instead of an address.
mirrors=$(git config --get-regexp '^url\..*\.insteadof$' | sed -nE 's/^url\.(\/[^ ]*)\.insteadof .*/\1/p' | sort -u)
for path in "$toolchain" $mirrors; do mkdir -p "$root$path"; done
for file in /etc/gitconfig /etc/gitignore /etc/resolv.conf /etc/apt/sources.list; do
  [[ ! -f $file ]] || cp "$file" "$root$file"
done
ROOT=$root BINDS="$toolchain $mirrors" TOOLS=$toolchain/usr/bin unshare --mount --propagation private bash -euc '
  for path in $BINDS; do mount --bind "$path" "$ROOT$path"; done
  mount -t proc proc "$ROOT/proc"
  exec chroot "$ROOT" /usr/bin/env -i HOME=/root/home LC_ALL=C.UTF-8 \
    PATH="/root/home/.local/bin:$TOOLS:/usr/sbin:/usr/bin:/sbin:/bin" bash /root/steps.sh'
