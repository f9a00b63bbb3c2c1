#!/bin/sh
# Installs the First Bell agent on 64-bit Raspberry Pi OS, Debian 12 or newer, or Ubuntu 22.04 or newer.
# Served by the collector; pasted as the line that `firstbell enrol` prints. Running it again repairs and updates.
#
#   sh install.sh URL TOKEN
#
# Everything lies in /opt/firstbell, /etc/firstbell and /var/lib/firstbell-agent. Nothing comes from the internet except,
# where they are missing, Debian's own packages for Python.
set -eu

CA_SHA256=@CA_SHA256@
REQUIREMENTS_SHA256=@REQUIREMENTS_SHA256@
HOME_DIR=/opt/firstbell
STATE=/var/lib/firstbell-agent
CONFIG=/etc/firstbell/agent.toml
UNIT=/etc/systemd/system/firstbell-agent.service
AGENT_USER=firstbell-agent
WAIT=120
ROOM=150

say() { printf '%s\n' "$*"; }
fail() { printf 'firstbell: %s\n' "$*" >&2; exit 1; }

[ $# -eq 2 ] || fail "usage: sh install.sh URL TOKEN (the line that \`firstbell enrol\` prints has both)"
URL=${1%/}
TOKEN=$2

if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || fail "run this as root"
    exec sudo sh "$0" "$URL" "$TOKEN"
fi

case $(uname -s)-$(uname -m) in
    Linux-x86_64 | Linux-aarch64) ;;
    Linux-armv*) fail "this is a 32-bit ARM system, for which there are no wheels: install the 64-bit Raspberry Pi OS (a Pi 3 or newer runs it)" ;;
    *) fail "the agent runs on 64-bit Linux (x86_64, aarch64); this is $(uname -s) $(uname -m)" ;;
esac
# A 32-bit system under a 64-bit kernel, as Raspberry Pi OS (32-bit) boots a Pi 4.
[ "$(getconf LONG_BIT)" = 64 ] || fail "this system is 32-bit though its processor is not: install the 64-bit Raspberry Pi OS"

usable() { "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
find_python() {
    for candidate in python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && usable "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}
PYTHON=$(find_python) || {
    if command -v apt-get >/dev/null 2>&1; then
        say "installing Python with apt-get"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq >/dev/null 2>&1 || true
        apt-get install -y -qq --no-install-recommends python3 python3-venv >/dev/null 2>&1 || true
        # Ubuntu 22.04: its python3 is 3.10, and 3.11 lies beside it.
        find_python >/dev/null || apt-get install -y -qq --no-install-recommends python3.11 python3.11-venv >/dev/null 2>&1 || true
    fi
    PYTHON=$(find_python) || {
        found=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || say none)
        fail "Python 3.11 or newer with venv is needed, found $found and apt-get could not install it: try apt-get install python3-venv (Ubuntu 22.04: python3.11-venv); an older system must be upgraded"
    }
}

if ! getent passwd "$AGENT_USER" >/dev/null; then
    useradd --system --user-group --no-create-home --home-dir "$STATE" --shell /usr/sbin/nologin "$AGENT_USER"
fi

say "installing the agent into $HOME_DIR"
mkdir -p "$HOME_DIR"
free=$(df -Pk "$HOME_DIR" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }')
[ -x "$HOME_DIR/bin/firstbell-agent" ] || [ "${free:-$ROOM}" -ge "$ROOM" ] ||
    fail "$HOME_DIR has $free MiB free, the agent takes up to $ROOM: make room there and paste the line again"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
# Python fetches: a machine that was reached with wget may have no curl, and the other way round.
"$PYTHON" - "$URL/install/requirements.txt" "$WORK/requirements.txt" "$REQUIREMENTS_SHA256" <<'PYTHON' || exit 1
import hashlib, sys, urllib.request
url, path, wanted = sys.argv[1:]
try:
    content = urllib.request.urlopen(url, timeout=60).read()
except OSError as error:
    sys.exit(f"firstbell: {url} cannot be fetched: {error}")
if hashlib.sha256(content).hexdigest() != wanted:
    sys.exit(f"firstbell: {url} is not what the installer expects: run `firstbell enrol` again for a fresh line")
open(path, "wb").write(content)
PYTHON
"$PYTHON" -m venv "$HOME_DIR" || fail "no virtual environment can be made in $HOME_DIR"
HOST=${URL#*://}
# --force-reinstall: the same version may be broken (power lost half-way) or another (a collector run from its source).
# PIP_CONFIG_FILE: another index that this machine's pip is set up for (piwheels) has no say.
env -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL -u PIP_FIND_LINKS PIP_CONFIG_FILE=/dev/null \
    "$HOME_DIR/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --force-reinstall \
    --no-index --find-links "$URL/install/wheels/" --trusted-host "${HOST%%/*}" \
    --require-hashes --only-binary=:all: -r "$WORK/requirements.txt" ||
    fail "the agent cannot be installed, pip's reason is above; if it finds no matching distribution, the collector lacks the wheels for $(uname -m) with $("$PYTHON" --version): run \`firstbell wheels\` there, then \`firstbell enrol\` again"

mkdir -p "$STATE" "$(dirname "$CONFIG")"
chmod 700 "$STATE"
printf '%s\n' "$TOKEN" | "$HOME_DIR/bin/firstbell-agent" enrol "$URL" - --ca-sha256 "$CA_SHA256" \
    --state "$STATE" --config "$CONFIG" >/dev/null || exit 1
chown -R "$AGENT_USER:$AGENT_USER" "$STATE"

as_agent() { setpriv --reuid="$AGENT_USER" --regid="$AGENT_USER" --init-groups "$@"; }
wait_until_online() {
    printf '%s\n' "$TOKEN" | as_agent "$HOME_DIR/bin/firstbell-agent" enrol "$URL" - --ca-sha256 "$CA_SHA256" \
        --state "$STATE" --config "$CONFIG" --wait "$WAIT"
}

# Pings without any capability. Debian 12 (and 13 without its recommended packages) keeps the kernel's range of groups that may: from 1 to 0,
# none. The agent's own is put there; anything that somebody has set stays. 40: a system that lets everybody (50-default.conf) has the last word.
let_ping() { # range, file that outlives a restart, group
    # cat: the shell's own read takes one byte at a time, and /proc gives no more than the first.
    range=$(cat "$1" 2>/dev/null) || return 0
    [ "${range%%[!0-9]*}" -gt "${range##*[!0-9]}" ] 2>/dev/null || return 0
    { printf '%s %s\n' "$3" "$3" >"$1" && printf 'net.ipv4.ping_group_range = %s %s\n' "$3" "$3" >"$2"; } 2>/dev/null ||
        say "the agent may not ping here: see probe in the documentation, ping_group_range"
}

mkdir -p "$(dirname "$UNIT")"
cat >"$UNIT" <<'UNIT'
@UNIT@
UNIT

if [ -d /run/systemd/system ]; then
    let_ping /proc/sys/net/ipv4/ping_group_range /etc/sysctl.d/40-firstbell-agent.conf "$(id -g "$AGENT_USER")"
    systemctl daemon-reload
    systemctl enable --quiet firstbell-agent
    systemctl restart firstbell-agent
    wait_until_online
else
    # A container or a chroot: show that it works, and leave it to its owner to keep it running.
    # exec: the process that is ended below is the agent itself, not a shell around it.
    (cd / && exec setpriv --reuid="$AGENT_USER" --regid="$AGENT_USER" --init-groups \
        "$HOME_DIR/bin/firstbell-agent" run --config "$CONFIG") >"$WORK/agent.log" 2>&1 &
    RUNNING=$!
    online=0
    wait_until_online || online=$?
    kill "$RUNNING" 2>/dev/null || true
    wait "$RUNNING" || true
    [ "$online" = 0 ] || { cat "$WORK/agent.log" >&2; exit "$online"; }
    say "systemd is not running here, so the agent stopped again; start it with:"
    say "  setpriv --reuid=$AGENT_USER --regid=$AGENT_USER --init-groups $HOME_DIR/bin/firstbell-agent run --config $CONFIG"
fi
