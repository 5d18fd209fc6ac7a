#!/bin/sh
# What the tests need beside Python: Chromium, PostgreSQL, Redis, gettext, nginx, libfaketime; RabbitMQ with the argument `full`.
# As root with apt they are installed.
set -eu
missing=""
have() { command -v "$1" >/dev/null 2>&1; }
[ -x "${CHROMIUM_PATH:-/usr/bin/chromium}" ] || missing="$missing chromium"
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fontconfig fonts-noto-cjk fonts-noto-core"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
have redis-server || missing="$missing redis-server"
have msgfmt || missing="$missing gettext"
have nginx || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing="$missing libfaketime"
[ "${1:-}" != full ] || [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing="$missing rabbitmq-server"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && have apt-get; then
    echo "Installing$missing …" >&2
    apt-get update >/dev/null
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "Not installed:$missing. The tests that need them are left out and named; with CI=true they fail." >&2
