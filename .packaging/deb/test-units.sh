#!/usr/bin/env bash
# Boots a fresh Debian 12 with systemd in a container without network, installs the package in it, and
# lets a user's own systemd sync a site on the container's SFTP server.
#
#   .packaging/deb/test-units.sh DEB SITE-GENERATOR
set -euo pipefail
deb=$1 generator=$2
((EUID == 0)) || exec sudo "$0" "$@"
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/var/tmp}/gpsindex-units-XXXXXX")
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT

echo "a fresh Debian 12 with systemd and OpenSSH"
debootstrap --variant=minbase \
  --include=systemd-sysv,dbus,dbus-user-session,libpam-systemd,openssh-server,openssh-client \
  bookworm "$root" >"$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }
cp "$deb" "$root/gpsindex.deb"
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends /gpsindex.deb \
  >"$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }
"$generator" --out "$root/photos" --photos 24 --folders 2 --seed 3
chroot "$root" useradd --create-home --shell /bin/bash drone
chroot "$root" chown -R drone: /photos
install -d "$root/var/lib/systemd/linger"
touch "$root/var/lib/systemd/linger/drone"
install -m 755 "$here/units-inside.sh" "$root/test.sh"
cat >"$root/etc/systemd/system/test.service" <<'UNIT'
[Unit]
After=multi-user.target user@1000.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c '/test.sh >/result 2>&1; echo "code $?" >>/result; systemctl poweroff'
[Install]
WantedBy=graphical.target
UNIT
chroot "$root" systemctl -q enable test.service

# A cgroup tree of its own, whatever form the machine's has.
timeout 180 unshare --mount --propagation private bash -c '
  umount -l /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup
  exec systemd-nspawn -q -D "$0" --register=no --keep-unit --private-network --boot' "$root" \
  >"$work/boot" 2>&1 </dev/null || true
cat "$root/result" 2>/dev/null || { tail -n 40 "$work/boot" >&2; exit 1; }
grep -qx 'code 0' "$root/result"
