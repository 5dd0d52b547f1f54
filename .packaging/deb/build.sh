#!/usr/bin/env bash
# Makes a Debian package of an installed tree.
#
#   .packaging/deb/build.sh WORK VERSION DEB      WORK/root: the tree, as install.sh makes it
#
# DEB_MAINTAINER names who answers for the package; else the git configuration does.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1 version=$2 deb=$3
root=$work/root doc=$work/root/usr/share/doc/gpsindex
name=$(git config user.name 2>/dev/null || id -un)
mail=$(git config user.email 2>/dev/null || echo "$(id -un)@$(hostname -f 2>/dev/null || hostname)")
maintainer=${DEB_MAINTAINER:-$name <$mail>}
# The same source makes the same package.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}

strip --remove-section=.comment --remove-section=.note \
  "$root/usr/bin/gpsindex" "$root/usr/libexec/gpsindex/gpsindex-map"

# The package has no version beside the program's, so the changelog in Debian's form is the program's:
# its newest section, a star for each entry.
{
  printf 'gpsindex (%s) unstable; urgency=medium\n\n' "$version"
  awk '/^## / { section++; next } section == 1 && NF' "$here/../../CHANGELOG.md" |
    sed -e 's/^ *//' -e 's/^- /\n* /' | awk 'BEGIN { RS = ""; OFS = " " } { $1 = $1; print }' |
    fold -s -w 72 | sed -e 's/ *$//' -e '/^\* /!s/^/  /' -e 's/^/  /'
  printf '\n -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"
rm "$doc/CHANGELOG.md"
install -m 644 "$here/copyright" "$doc/copyright"
gzip -9n "$root"/usr/share/man/man1/*.1

# libssh2 is loaded by name when the first connection is made, so no tool finds it.
mkdir -p "$work/debian"
printf 'Source: gpsindex\n\nPackage: gpsindex\nArchitecture: any\n' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O root/usr/bin/gpsindex root/usr/libexec/gpsindex/gpsindex-map)
depends="${libraries#shlibs:Depends=}, libssh2-1 (>= 1.10)"

mkdir -p "$root/DEBIAN"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
# So is libcrypto, to sign with keys that libssh2 does not know.
depends+=", libssl3"
size=$(du -k -s --apparent-size "$root/usr" | cut -f 1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$(dpkg --print-architecture)/" -e "s/@SIZE@/$size/" \
  -e "s/@MAINTAINER@/$maintainer/" -e "s/@DEPENDS@/$depends/" "$here/control.in" >"$root/DEBIAN/control"
find "$root" -type d -exec chmod 755 {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "$deb"
