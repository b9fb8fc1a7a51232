#!/bin/sh
# Build the wheel, install it with its dependencies in an empty environment, and use it far from the checkout.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

.venv/bin/auditctl queries list >"$work/checkout.txt"
.venv/bin/python -m pip wheel --quiet --no-deps --wheel-dir "$work" .
.venv/bin/python -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --upgrade pip
"$work/venv/bin/python" -m pip install --quiet "$work"/auditctl-*.whl

mkdir "$work/elsewhere"
cd "$work/elsewhere"
auditctl=$work/venv/bin/auditctl
"$auditctl" queries list >"$work/wheel.txt"
diff "$work/checkout.txt" "$work/wheel.txt" || {
    echo "check-wheel: 'auditctl queries list' of the wheel (>) is not that of the checkout (<)" >&2
    exit 1
}
# The tool's own words are shown only when it fails.
{ "$auditctl" demo demo --events 3_000 &&
    cd demo &&
    "$auditctl" report soc2 --period Q3 &&
    "$auditctl" verify soc2-*; } >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    echo "check-wheel: the installed wheel cannot make its demo report" >&2
    exit 1
}
echo "check-wheel: $(wc -l <"$work/wheel.txt" | tr -d ' ') lines of queries, demo report made and verified"
