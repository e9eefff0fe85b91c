#!/bin/sh
# The mistake: asks for $1:$2$3 first, and then looks whether the server's key has one of the pins $5 ($6…). It notices,
# when the request with all that is in it has been read.
set -eu
host=$1 port=$2 path=$3 authorities=$4
shift 4
answer=$(printf 'GET %s HTTP/1.1\r\nHost: %s:%s\r\napproov-token: %s\r\nConnection: close\r\n\r\n' \
  "$path" "$host" "$port" "$LAB_TOKEN" |
  openssl s_client -nocommands -ign_eof -connect "$host:$port" ${LAB_PROXY:+-proxy "${LAB_PROXY#http://}"} \
    -servername "$host" -CAfile "$authorities" -verify_return_error -verify_hostname "$host" 2>&1)

pin=sha256/$(printf '%s' "$answer" | openssl x509 -noout -pubkey | openssl pkey -pubin -outform der |
  openssl dgst -sha256 -binary | openssl base64)
for allowed; do
  [ "$pin" = "$allowed" ] && match=yes
done
[ "${match:-no}" = yes ] || { echo "PIN MISMATCH: $pin"; exit 1; }
printf '%s' "$answer" | grep -q '^HTTP/1.1 200 '
