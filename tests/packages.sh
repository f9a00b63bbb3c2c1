#!/bin/sh
# Debian packages that tests use where they are there: installed when we are root and apt can; never a failure.
wanted="mosquitto chromium debootstrap shellcheck snmpd lldpd dnsmasq-base socat cups-ipp-utils dbus nut-server nut-client
    python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good"
missing=""
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "not installed:$missing (apt-get install$missing); tests that need them are skipped and say so"
    exit 0
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1  # at runlevel 1 no service is started by its installation
apt-get update -qq >/dev/null 2>&1
for package in $missing; do
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 || echo "$package cannot be installed; its tests are skipped and say so"
done
exit 0
