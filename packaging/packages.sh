# packaging/packages.sh - sourced by ./quickstart and ./check: which packages
# are needed, and how they are installed and the presets are built.

BUILD_PACKAGES="gcc libc6-dev cmake ninja-build pkg-config
    libcurl4-openssl-dev libjansson-dev libmicrohttpd-dev libsqlite3-dev
    libunistring-dev libdeflate-dev libcsv-dev libinih-dev zlib1g-dev
    libssl-dev libmongoc-dev"
TEST_PACKAGES="check openssl clang-format cppcheck python3 python3-venv python3-pip git
    ca-certificates"
MONGOD_PACKAGES="python3 python3-pip ca-certificates"

say() {
    echo "== $*"
}

die() {
    echo "error: $*" >&2
    exit 1
}

is_installed() {
    dpkg-query -W -f '${Status}' "$1" 2>/dev/null |
        grep -q '^install ok installed$'
}

# Install what is missing of the packages named; says what it does.
install_packages() {
    missing=
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null ||
        die "these Debian packages are missing and there is no apt-get:$missing"
    root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            die "run this as root, or install sudo, to install:$missing"
        root=sudo
    fi
    say "installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    $root apt-get update -qq ||
        die "apt-get update failed; check the network and /etc/apt/sources.list"
    # shellcheck disable=SC2086
    $root apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
        die "apt-get could not install:$missing"
}

# Configure once, then build what changed: build_preset NAME [TARGET…]
build_preset() {
    preset=$1
    shift
    launcher=
    if command -v ccache >/dev/null; then
        launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache
    fi
    if [ ! -f "build/$preset/build.ninja" ]; then
        say "configuring build/$preset"
        mkdir -p build
        cmake --preset "$preset" $launcher >"build/$preset.configure.log" 2>&1 || {
            tail -20 "build/$preset.configure.log" >&2
            die "cmake failed; the whole log is build/$preset.configure.log"
        }
    fi
    say "building build/$preset (minutes the first time; tail -f build/$preset.build.log)"
    cmake --build --preset "$preset" ${1:+--target "$@"} >"build/$preset.build.log" 2>&1 || {
        grep -E -A5 'error|FAILED|warning' "build/$preset.build.log" | head -60 >&2
        die "the build failed; the whole log is build/$preset.build.log"
    }
}
