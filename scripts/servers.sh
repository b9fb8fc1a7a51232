#!/bin/sh
# See to it that the programs of PostgreSQL and MariaDB are there, for the tests that start servers of their own.
# Debian's packages are installed when this may be done without a question. Otherwise one line says what to install:
# those tests are then skipped.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh

skip() {
    echo "servers: the tests that start $needed are skipped: $*" >&2
    exit 0
}

has() {
    for program in "$@"; do
        command -v "$program" >/dev/null || return 1
    done
}

# Debian has the servers on no path of a user.
for folder in /usr/lib/postgresql/*/bin /usr/sbin; do
    PATH=$PATH:$folder
done
needed= packages=
has initdb postgres || needed=PostgreSQL packages=postgresql
# The first of MariaDB's programs calls the last.
has mariadb-install-db mariadbd my_print_defaults ||
    needed="${needed:+$needed and }MariaDB" packages="${packages:+$packages }mariadb-server-core mariadb-client-core"
[ -n "$needed" ] || exit 0
command -v apt-get >/dev/null || skip "install it with the package manager of this system"
may_install || skip "run 'sudo apt-get install -y $packages'"

# A new PostgreSQL would make a database cluster and start it, for which nobody asked.
no_cluster=/etc/postgresql-common/createcluster.d/tests-of-auditctl.conf
case $packages in
    postgresql*)
        trap 'as_root rm -f $no_cluster' EXIT
        as_root mkdir -p "$(dirname $no_cluster)"
        echo "create_main_cluster = false" | as_root tee $no_cluster >/dev/null
        ;;
esac
echo "servers: apt-get install -y $packages" >&2
quietly as_root apt-get -qq update &&
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y $packages ||
    skip "'apt-get install -y $packages' failed, see above"
