#!/usr/bin/env bash
# Writes one man page per command, from the help that the program itself prints.
#
#   .packaging/man.sh GENERATE-MANUAL PROGRAM OUT
#
# GENERATE-MANUAL is the tool of swift-argument-parser. Its pages are renamed from gpsindex.query to
# gpsindex-query, which is what `man gpsindex query` looks for, and the first one gets the sections
# that no option tells of.
set -euo pipefail
here=$(dirname "$0")
generate=$1 program=$2 out=$3

# The day of the last change, so that the same source makes the same pages.
day=$(git -C "$here" log -1 --format=%cs 2>/dev/null || date -r "$here/../CHANGELOG.md" +%F)
version=$("$program" --version | cut -d ' ' -f 2)
rm -rf "$out"
mkdir -p "$out"
"$generate" "$program" --multi-page --date "$day" --output-directory "$out"
rm -f "$out/gpsindex.help.1"

for page in "$out"/*.1; do
  VERSION=$version SECTIONS=$here/gpsindex.1.sections perl -0777 -i -pe '
    s/\n?\z/\n/;
    s/^\.Xr gpsindex\.help 1.*\n//m;
    1 while s/^(\.(?:Dt|Xr) [\w-]+)\.(\w)/$1-$2/mi;
    s/^\.Os.*/.Os "gpsindex $ENV{VERSION}"/m;
    s/^(?=\n)/.Pp/mg;  # mdoc wants no empty lines
    # Known by the dashed name, and called by the one with spaces.
    if (s/^(\.Sh NAME\n\.Nm) "(gpsindex[^"]+)"/"$1 " . $2 =~ tr{ }{-}r/me) {
      my $called = $2;
      s/^(\.Sh SYNOPSIS\n\.Nm)$/$1 "$called"/m;
    }
    if (/^\.Dt GPSINDEX 1/m) {
      # The description ends in the table of exit codes: no second word on them.
      open my $file, "<", $ENV{SECTIONS} or die "$ENV{SECTIONS}: $!";
      my $sections = <$file>;
      s/^\.Sh "EXIT STATUS"\n.*?(?=^\.Sh )/$sections/ms or die "the generated page has another form\n";
    } else {
      s/^\.Ex -std.*/The table in\n.Xr gpsindex 1\nholds for all commands./m
        or die "the generated page has another form\n";
    }' "$page"
  name=$(basename "$page" .1)
  [[ $name != *.* ]] || mv "$page" "$out/${name//./-}.1"
done
