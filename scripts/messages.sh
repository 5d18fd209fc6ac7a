#!/bin/sh
# Check that every text of the interface is in locale/, translated and compiled. Otherwise print the difference and fail.
set -eu
export ENV_FILE=tests/test.env
sh scripts/test_deps.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r locale "$work/before"
.venv/bin/python manage.py makemessages --locale zh_Hans --no-location --no-obsolete --ignore ".venv/*" --ignore "build/*" >/dev/null
po=locale/zh_Hans/LC_MESSAGES/django.po
bad=0
plain() { grep -v '^"POT-Creation-Date' "$1"; }
plain "$po" >"$work/new"
plain "$work/before/zh_Hans/LC_MESSAGES/django.po" >"$work/old"
if ! cmp -s "$work/old" "$work/new"; then
    diff "$work/old" "$work/new" | head -20
    echo "locale/ was out of date: makemessages has rewritten $po." >&2
    bad=1
fi
cp "$work/before/zh_Hans/LC_MESSAGES/django.po" "$work/kept.po"
[ "$bad" = 0 ] && cp "$work/kept.po" "$po"
missing=$(msgattrib --untranslated "$po"; msgattrib --only-fuzzy "$po")
if [ -n "$missing" ]; then
    echo "$missing"
    echo "These texts are not translated, or only guessed." >&2
    bad=1
fi
msgfmt --check --output-file "$work/django.mo" "$po"
if ! cmp -s "$work/django.mo" locale/zh_Hans/LC_MESSAGES/django.mo; then
    cp "$work/django.mo" locale/zh_Hans/LC_MESSAGES/django.mo
    echo "django.mo was not the compiled form of django.po; it has been compiled again." >&2
    bad=1
fi
exit "$bad"
