#!/bin/sh
# Reads the positions of the photos in one folder of an SFTP server through sshfs and exiftool.
#
# sshfs_exiftool.sh PORT USER KEY KNOWN_HOSTS FOLDER MOUNT
# Prints one line of JSON: photos, located, seconds.
set -eu
began=$(date +%s.%N)
sshfs -p "$1" -o IdentityFile="$3" -o IdentitiesOnly=yes -o UserKnownHostsFile="$4" \
  -o ro -F /dev/null "$2@127.0.0.1:$5" "$6"
trap 'fusermount -u "$6"' EXIT
exiftool -fast2 -r -q -csv -n -GPSLatitude -GPSLongitude -ext jpg -ext jpeg "$6" >"$6.csv"
awk -F, -v a="$began" -v b="$(date +%s.%N)" 'NR > 1 { n++; if ($2 != "") l++ }
  END { printf "{\"photos\": %d, \"located\": %d, \"seconds\": %.3f}\n", n, l, b - a }' "$6.csv"
