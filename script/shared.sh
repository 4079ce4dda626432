# What the scripts have in common. Sourced, never run.
#
# The system's own Python is used, whatever else is first on the PATH: Debian's packages for it are
# what script/bootstrap installs.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
PYTHON=/usr/bin/python3
jobs=$(nproc)
export PYTHONDONTWRITEBYTECODE=1

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Another PostgreSQL than the one on the PATH is named by PG_CONFIG, its pg_config. Its programs then
# come first for all that we start, so that no client of one version meets a server of another.
if [ -n "${PG_CONFIG:-}" ]; then
    export PG_CONFIG
    PATH=$("$PG_CONFIG" --bindir):$PATH || die "PG_CONFIG is no pg_config: $PG_CONFIG"
fi

# Runs a command as root: by sudo where we are not.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo > /dev/null; then
        sudo "$@"
    else
        die "this needs root, and there is no sudo: $*"
    fi
}

# A new directory that a server may own; a socket's path must be short.
new_directory() {
    local made
    made=$(mktemp -d "/tmp/pg_billing_$1.XXXXXX")
    chmod 755 "$made"
    printf '%s\n' "$made"
}

# What is built for use and to be measured; script/test takes a third less time with -O1.
optimize=-O2

# Line numbers, and no more to debug with: a quarter less time than -g.
build_extension() {
    local version
    version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" pg_billing.control)
    make -s -j"$jobs" WERROR=1 EXTRA_CXXFLAGS="-g1 $optimize" pg_billing.so "pg_billing--$version.sql"
}

# The worker and, with more words, further targets.
build_worker() {
    cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPG_BILLING_WERROR=ON \
        -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="$optimize -g1 -DNDEBUG" &&
        cmake --build build --parallel "$jobs" --target pg_billing_worker "$@"
}

# What is built goes where the server looks for it; nothing is built as root.
install_built() {
    as_root make -s -o worker EXTRA_CXXFLAGS="-g1 $optimize" ${PG_CONFIG:+PG_CONFIG="$PG_CONFIG"} install
}
