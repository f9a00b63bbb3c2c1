#!/bin/sh
# npm packages that tests use where node is there: put into $NODE once; never a failure.
wanted="@bacnet-js/client@3.3.2"
[ -d "$NODE/node_modules/@bacnet-js/client" ] && exit 0
if ! command -v npm >/dev/null 2>&1; then
    echo "not installed: $wanted (needs npm); tests that need it are skipped and say so"
    exit 0
fi
mkdir -p "$NODE" && timeout 60 npm install --fetch-retries 1 --prefix "$NODE" --silent --no-audit --no-fund --ignore-scripts "$wanted" >/dev/null 2>&1 ||
    echo "$wanted cannot be installed; its tests are skipped and say so"
exit 0
