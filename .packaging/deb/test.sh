#!/usr/bin/env bash
# Installs the package with all it depends on in a fresh Debian 12 below a folder, uses it there, and
# purges it.
#
#   .packaging/deb/test.sh DEB
set -euo pipefail
deb=$1
((EUID == 0)) || exec sudo "$0" "$@"
work=$(mktemp -d "${TMPDIR:-/var/tmp}/gpsindex-deb-XXXXXX")
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT
fail() {
  echo "test-deb: $*" >&2
  tail "$work/log" >&2
  exit 1
}
# /proc is mounted for the one command only: the Swift runtime finds its arguments there.
inside() {
  unshare --mount --propagation private sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" \
    /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}
apt() { inside DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@" >"$work/log" 2>&1; }
files() { inside find /etc /usr /opt /srv /home /root -xdev | sort; }

echo "a fresh Debian 12"
debootstrap --variant=minbase bookworm "$root" >"$work/log" 2>&1 || fail "debootstrap"
cp "$deb" "$root/gpsindex.deb"
files >"$work/before"
start=$SECONDS
apt install --no-install-recommends /gpsindex.deb || fail "apt-get install"
inside gpsindex --version

# Nothing but what the package declares is here. A folder is indexed and asked.
inside mkdir /photos
inside gpsindex sync --quiet /photos
[[ $(inside gpsindex query --count) == 0 ]] || fail "query --count"
inside gpsindex query -f geojson -o /root/first.geojson
echo "from the package to a GeoJSON file: $((SECONDS - start)) s"
# libssh2, too, which is loaded by name only: that nobody listens on port 1 is found out by way of it.
code=0
inside gpsindex sync sftp://nobody@127.0.0.1:1/photos >"$work/log" 2>&1 || code=$?
[[ $code == 69 ]] || fail "without a server: code $code, not 69"
inside rm -r /photos /root/.local /root/first.geojson

inside dpkg --verify gpsindex
apt purge gpsindex || fail "apt-get purge"
files >"$work/after"
left=$(comm -13 "$work/before" "$work/after" | grep gpsindex || true)
[[ -z $left ]] || fail "left behind: $left"
echo "test-deb: installed, used and purged"
