#!/usr/bin/env bash
# Removes what install.sh put below a prefix; folders that others may use stay.
#
#   .packaging/uninstall.sh PREFIX ZSH
set -euo pipefail
from=$1 zsh=$2
rm -f "$from/bin/gpsindex" "$from/share/man/man1/gpsindex.1" "$from/share/man/man1"/gpsindex-*.1 \
  "$from/share/bash-completion/completions/gpsindex" "$from/$zsh/_gpsindex" \
  "$from/share/fish/vendor_completions.d/gpsindex.fish" \
  "$from/lib/systemd/user"/gpsindex-sync@.{service,timer} \
  "$from/lib/systemd/user"/gpsindex-watch@.service
rm -rf "$from/share/doc/gpsindex" "$from/libexec/gpsindex"
