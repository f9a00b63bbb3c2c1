#!/bin/sh
# npm packages that tests use where node is there: put into $NODE once; never a failure.
wanted="@bacnet-js/client@3.3.2 modbus-serial@8.0.25"
missing=""
for package in $wanted; do
    [ -d "$NODE/node_modules/${package%@*}" ] || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if ! command -v npm >/dev/null 2>&1; then
    echo "not installed:$missing (needs npm); tests that need it are skipped and say so"
    exit 0
fi
# shellcheck disable=SC2086  # a list of words
mkdir -p "$NODE" && timeout 60 npm install --fetch-retries 1 --prefix "$NODE" --silent --no-audit --no-fund --ignore-scripts $wanted >/dev/null 2>&1 ||
    echo "$missing cannot be installed; tests that need it are skipped and say so"
exit 0
