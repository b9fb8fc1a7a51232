# What the scripts that install system packages share; they source it.

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

# Whether system packages may be installed without a question.
may_install() {
    [ "$(id -u)" = 0 ] || sudo -n true >/dev/null 2>&1
}

# Run a command whose words are shown only when it fails.
quietly() {
    log=$(mktemp)
    if "$@" >"$log" 2>&1 </dev/null; then
        rm -f "$log"
    else
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
}
