#!/bin/sh
# Make .venv with auditctl and the development tools in it, and see to it that Pango is there.
# System packages are installed when this may be done without a question; otherwise one line says what to install.
# PYTHON=/path/to/python chooses another interpreter.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh

fail() {
    echo "setup: $*" >&2
    exit 1
}

candidates=${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}

# Print the first candidate that is new enough, or nothing.
find_python() {
    for python in $candidates; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$python"
            return
        fi
    done
}

# Install system packages by their names for apt-get, dnf, apk and brew (one argument each, may be empty).
install() {
    if command -v apt-get >/dev/null 2>&1; then
        manager="apt-get install -y" packages=$1
    elif command -v dnf >/dev/null 2>&1; then
        manager="dnf install -y" packages=$2
    elif command -v apk >/dev/null 2>&1; then
        manager="apk add" packages=$3
    elif command -v brew >/dev/null 2>&1; then
        manager="brew install" packages=$4
    else
        fail "$needed is missing: install it with the package manager of this system, then repeat"
    fi
    [ -n "$packages" ] || fail "$needed is missing: install it, then repeat"
    case $manager in
        brew*) run= ;;
        *)
            may_install || fail "$needed is missing: run 'sudo $manager $packages', then repeat"
            run=as_root
            ;;
    esac
    echo "setup: $manager $packages" >&2
    # A fresh machine has no package lists yet, an old one has lists that name files no longer there.
    { case $manager in apt-get*) quietly $run apt-get -qq update ;; esac &&
        quietly $run env DEBIAN_FRONTEND=noninteractive $manager $packages; } ||
        fail "$needed is missing, and '$manager $packages' failed: see above"
}

# WeasyPrint loads Pango on import. Fonts come with auditctl.
can_draw() {
    .venv/bin/python -c 'import weasyprint' >/dev/null 2>&1
}

python=$(find_python)
[ -n "$python" ] || fail "Python 3.11 or later is needed and is none of: $candidates; install it or set PYTHON=/path/to/python"

if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    needed="the venv module of Python $version"
    install "python$version-venv" "" "" ""
fi

echo "setup: .venv with $("$python" -V)" >&2
"$python" -m venv .venv
# Dependency groups came with pip 25.1.
.venv/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
.venv/bin/python -m pip install --quiet --editable . --group dev

if ! can_draw; then
    needed="what WeasyPrint draws PDFs with (Pango)"
    install "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" pango pango pango
    can_draw || fail "$needed cannot be used: .venv/bin/python -c 'import weasyprint' says why"
fi
touch .venv/.ready
