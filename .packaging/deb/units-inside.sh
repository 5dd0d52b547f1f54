#!/usr/bin/env bash
# Runs inside the container of test-units.sh, as root.
set -Eeuo pipefail
trap 'echo "test-units: line $LINENO failed"' ERR
fail() {
  echo "test-units: $*"
  journalctl -q -n 20 --no-pager _UID=1000
  exit 1
}
as() { runuser -u drone -- env HOME=/home/drone XDG_RUNTIME_DIR=/run/user/1000 "$@"; }
# The state in which a sync by systemd ends: "success 3" is a success with exit code 3.
state() {
  as systemctl --user start "gpsindex-sync@$1.service" 2>/dev/null || true
  as systemctl --user show -P Result -P ExecMainStatus "gpsindex-sync@$1.service" | sort -r | xargs
}
expect() {
  local found
  found=$(state "$1")
  [[ $found == "$2" ]] || fail "$3: $found, not $2"
  echo "$3: $found"
}

for ((i = 0; i < 100; i++)); do [[ -S /run/user/1000/systemd/private ]] && break; sleep 0.1; done
as mkdir -m 700 /home/drone/.ssh
as ssh-keygen -q -t ed25519 -N '' -f /home/drone/.ssh/id_ed25519
as cp /home/drone/.ssh/id_ed25519.pub /home/drone/.ssh/authorized_keys
# No scan, which would have to wait for sshd: the keys are at hand.
sed "s/^/127.0.0.1 /" /etc/ssh/ssh_host_*_key.pub | as tee /home/drone/.ssh/known_hosts >/dev/null

as gpsindex site add nas sftp://drone@127.0.0.1/photos --quiet
as gpsindex site add 'by ssh' sftp://drone@127.0.0.1/photos --transport ssh --quiet
as systemctl --user enable -q --now gpsindex-sync@nas.timer
as systemctl --user list-timers --no-pager | grep -q gpsindex-sync@nas.timer || fail "no timer"

expect nas "success 0" "first sync"
[[ $(as gpsindex query --count --site nas) == 24 ]] || fail "not all photos are in the index"
expect "$(systemd-escape 'by ssh')" "success 0" "through the ssh program, a name with a space"
[[ $(as gpsindex query --count) == 48 ]] || fail "not all photos of both sites are in the index"

photo=$(find /photos -name '*.JPG' | sort | head -n 1)
chmod 000 "$photo"
touch -d 2030-01-01 "$photo"
expect nas "success 3" "a photo that may not be read"
expect nowhere "exit-code 66" "a site that nobody has added"
rm /home/drone/.ssh/authorized_keys
expect nas "exit-code 77" "a login that is refused"
as systemctl --user disable -q --now gpsindex-sync@nas.timer
echo "test-units: the user's systemd syncs"
