#!/bin/sh
# Usage: look.sh URL CA FOLDER. Opens URL in a browser of its own, whose user has installed the authorities in CA (PEM).
# It has no way to send a header, so that it brings no token.
set -eu
url=$1 authorities=$2
home=$(mktemp -d "$3/home-XXXXXX")
trap 'rm -rf "$home"' EXIT

# On Linux whatever a user installs is in the NSS database of their home folder, and that is where Chromium looks.
database=$home/.pki/nssdb
mkdir -p "$database"
certutil -N -d "sql:$database" --empty-password
awk -v folder="$home" '/BEGIN CERTIFICATE/ { file = folder "/authority-" ++count } { print > file }' "$authorities"
for one in "$home"/authority-*; do
  certutil -A -d "sql:$database" -n "${one##*/}" -t C,, -i "$one"
done

# Root, and containers without user namespaces, have no sandbox to offer.
HOME=$home XDG_CONFIG_HOME=$home/.config XDG_CACHE_HOME=$home/.cache chromium --headless --no-sandbox --disable-gpu \
  --disable-dev-shm-usage --disable-background-networking --disable-component-update --no-first-run \
  --user-data-dir="$home/profile" --dump-dom "$url" >"$home/page" 2>"$home/talk"

# It exits with 0 whether the page came or not.
if failure=$(grep -o 'Page load failed: .*' "$home/talk"); then
  echo "$failure" >&2
  exit 1
fi
cat "$home/page"
