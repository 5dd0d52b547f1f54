#!/usr/bin/env bash
# Puts the program and all that belongs to it below DESTDIR/PREFIX.
#
#   .packaging/install.sh PROGRAM MAN DESTDIR PREFIX ZSH
#
# MAN: the folder of man pages, ZSH: the folder of zsh completions below PREFIX.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
program=$1 man=$2 prefix=$4 zsh=$5
to=$3$prefix

install -d "$to/bin" "$to/share/man/man1" "$to/share/bash-completion/completions" "$to/$zsh" \
  "$to/share/fish/vendor_completions.d" "$to/lib/systemd/user" \
  "$to/libexec/gpsindex" "$to/share/doc/gpsindex/docs"
install -m 755 "$program" "$to/bin/gpsindex"
# `gpsindex serve` becomes this one.
install -m 755 "$(dirname "$program")/gpsindex-map" "$to/libexec/gpsindex/gpsindex-map"
install -m 644 "$man"/*.1 "$to/share/man/man1"

# Sourced, not run: without a first line that names a shell.
completion() {
  "$program" --generate-completion-script "$1" | sed '1{/^#!/d}' >"$2"
  chmod 644 "$2"
}
completion bash "$to/share/bash-completion/completions/gpsindex"
completion zsh "$to/$zsh/_gpsindex"
completion fish "$to/share/fish/vendor_completions.d/gpsindex.fish"

# systemd itself looks below /usr and /usr/local; for another prefix: systemctl --user link FILE.
for unit in "$here"/.packaging/systemd/*; do
  name=$(basename "$unit")
  sed "s|@BINDIR@|$prefix/bin|" "$unit" >"$to/lib/systemd/user/$name"
  chmod 644 "$to/lib/systemd/user/$name"
done

install -m 644 "$here/README.md" "$here/CHANGELOG.md" "$to/share/doc/gpsindex"
install -m 644 "$here"/docs/*.* "$to/share/doc/gpsindex/docs"
