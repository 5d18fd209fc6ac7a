#!/bin/sh
# venv.sh PYTHON REQUIREMENTS: makes .venv where there is none and installs the hashed lock into it.
set -eu
python=$1
requirements=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "xdportal needs Python 3.11 or newer as '$python'. Name another one: make PYTHON=python3.12 …" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing python3-venv …" >&2
        { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y python3-venv; } >/dev/null
    else
        echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2
        exit 1
    fi
fi
[ -x .venv/bin/pip ] || "$python" -m venv .venv
echo "Installing $requirements …" >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --require-hashes -r "$requirements"
