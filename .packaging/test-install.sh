#!/usr/bin/env bash
# Installs into a temporary folder, looks at what is there, and removes it again.
#
#   .packaging/test-install.sh PROGRAM MAN
set -euo pipefail
here=$(dirname "$0")
program=$1 man=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/gpsindex-install-XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() { echo "test-install: $*" >&2; exit 1; }

"$here/install.sh" "$program" "$man" "$work" /opt/g share/zsh/site-functions
root=$work/opt/g
(cd "$root" && find . -type f | sort) | tee "$work/list"
for file in bin/gpsindex libexec/gpsindex/gpsindex-map share/man/man1/gpsindex.1 share/bash-completion/completions/gpsindex \
  share/zsh/site-functions/_gpsindex share/fish/vendor_completions.d/gpsindex.fish \
  lib/systemd/user/gpsindex-sync@.service lib/systemd/user/gpsindex-sync@.timer \
  lib/systemd/user/gpsindex-watch@.service \
  share/doc/gpsindex/README.md share/doc/gpsindex/docs/usage.md; do
  [[ -s $root/$file ]] || fail "$file is missing or empty"
done

# One page per command, with every option: all commands that --help names, with the commands below them.
page() {
  local name page=$root/share/man/man1/gpsindex option
  for name in "$@"; do page+=-$name; done
  [[ -s $page.1 ]] || fail "$* has no man page"
  while read -r option; do
    grep -qE "^\.It .*(Fl|,) $option( |\$)" "$page.1" || fail "$*: -$option is not in its man page"
  done < <("$root/bin/gpsindex" "$@" --help | sed -nE 's/^  (-., )?-(-[a-z0-9-]+).*/\2/p')
}
commands() { "$root/bin/gpsindex" "$@" --help | sed -nE '/^SUBCOMMANDS:/,/^$/s/^  ([a-z]+) .*/\1/p'; }
while read -r command; do
  page "$command"
  while read -r below; do page "$command" "$below"; done < <(commands "$command")
done < <(commands | grep -v '^help$')

grep -q '^ExecStart=/opt/g/bin/gpsindex sync' "$root/lib/systemd/user/gpsindex-sync@.service" \
  || fail "the unit does not start the installed program"
bash -n "$root/share/bash-completion/completions/gpsindex" || fail "the bash completions do not parse"
if command -v systemd-analyze >/dev/null; then
  # A prefix that systemd does not know: the units by path, and nothing of the machine's own.
  for unit in "$root/lib/systemd/user"/gpsindex-{sync@.service,sync@.timer,watch@.service}; do
    named=$work/$(basename "$unit" | sed 's/@/@nas/')
    sed "s|/opt/g|$root|" "$unit" >"$named"
  done
  XDG_RUNTIME_DIR=$work systemd-analyze verify --user --man=no "$work"/gpsindex-{sync@nas.service,sync@nas.timer,watch@nas.service} 2>"$work/verify" \
    || fail "systemd-analyze: $(cat "$work/verify")"
  ! grep gpsindex "$work/verify" || fail "systemd-analyze has something to say"
fi

"$here/uninstall.sh" "$root" share/zsh/site-functions
left=$(find "$root" -type f)
[[ -z $left ]] || fail "left behind: $left"
echo "test-install: $(wc -l <"$work/list") files installed and removed again"
