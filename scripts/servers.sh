#!/bin/sh
# See to it that PostgreSQL, MariaDB and Chromium are there, for the tests that start one of their own.
# Debian's packages are installed when this may be done without a question. Otherwise one line says what to install:
# those tests are then skipped.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh

has() {
    for program in "$@"; do
        command -v "$program" >/dev/null || return 1
    done
}

# Install Debian's packages (from the second argument on) for the tests that start the first.
want() {
    name=$1
    shift
    # What Chromium only recommends is a desktop.
    install="apt-get install -y --no-install-recommends $*"
    if ! has apt-get; then
        skip "install it with the package manager of this system"
    elif ! may_install; then
        skip "run 'sudo $install'"
    else
        echo "servers: $install" >&2
        quietly as_root apt-get -qq update && quietly as_root env DEBIAN_FRONTEND=noninteractive $install ||
            skip "'$install' failed, see above"
    fi
}

skip() {
    echo "servers: the tests that start $name are skipped: $*" >&2
}

# A new PostgreSQL would make a database cluster and start it, for which nobody asked.
want_postgresql() {
    no_cluster=/etc/postgresql-common/createcluster.d/tests-of-auditctl.conf
    if has apt-get && may_install; then
        trap 'as_root rm -f $no_cluster' EXIT
        as_root mkdir -p "$(dirname $no_cluster)"
        echo "create_main_cluster = false" | as_root tee $no_cluster >/dev/null
    fi
    want PostgreSQL postgresql
}

# Debian has the servers on no path of a user.
for folder in /usr/lib/postgresql/*/bin /usr/sbin; do
    PATH=$PATH:$folder
done
has initdb postgres || want_postgresql
# The first of MariaDB's programs calls the last.
has mariadb-install-db mariadbd my_print_defaults || want MariaDB mariadb-server-core mariadb-client-core
has chromium || has chromium-browser || has google-chrome || want Chromium chromium
