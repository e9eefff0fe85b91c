#!/bin/sh
# Asks for $1:$2$3, trusting the authorities in the PEM file $4. The proxy, if any, is in LAB_PROXY.
# s_client shows a failed verification and goes on: only -verify_return_error ends the handshake, and only
# -verify_hostname looks at the name.
set -eu
host=$1 port=$2 path=$3 authorities=$4

printf 'GET %s HTTP/1.1\r\nHost: %s:%s\r\napproov-token: %s\r\nConnection: close\r\n\r\n' "$path" "$host" "$port" "$LAB_TOKEN" |
  openssl s_client -quiet -connect "$host:$port" ${LAB_PROXY:+-proxy "${LAB_PROXY#http://}"} -servername "$host" \
    -CAfile "$authorities" -verify_return_error -verify_hostname "$host" 2>&1 |
  grep -q '^HTTP/1.1 200 '
