#!/bin/sh
# Asks for $1:$2$3, trusting the authorities in the PEM file $4, if the server's key has one of the pins $5 ($6…).
# The request is sent on the connection whose certificate was looked at, and not before that: whoever looks with one
# connection and asks with another asks somebody else.
set -eu
host=$1 port=$2 path=$3 authorities=$4
shift 4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Where the handshake fails after the certificate, nobody is left to write to.
trap '' PIPE
mkfifo "$folder/request"
openssl s_client -nocommands -ign_eof -connect "$host:$port" ${LAB_PROXY:+-proxy "${LAB_PROXY#http://}"} \
  -servername "$host" -CAfile "$authorities" -verify_return_error -verify_hostname "$host" \
  <"$folder/request" >"$folder/answer" 2>&1 &
client=$!
exec 3>"$folder/request"

# The handshake is over, and verified, when the session is described.
until grep -q '^ *Verify return code: 0 ' "$folder/answer"; do
  kill -0 "$client" 2>/dev/null || exit 1
  sleep 0.02
done
pin=sha256/$(openssl x509 -in "$folder/answer" -noout -pubkey | openssl pkey -pubin -outform der |
  openssl dgst -sha256 -binary | openssl base64)
for allowed; do
  [ "$pin" = "$allowed" ] && match=yes
done
[ "${match:-no}" = yes ] || { echo "PIN MISMATCH: $pin"; kill "$client"; exit 1; }

printf 'GET %s HTTP/1.1\r\nHost: %s:%s\r\napproov-token: %s\r\nConnection: close\r\n\r\n' \
  "$path" "$host" "$port" "$LAB_TOKEN" >&3 || exit 1
wait "$client" || true
grep -q '^HTTP/1.1 200 ' "$folder/answer"
