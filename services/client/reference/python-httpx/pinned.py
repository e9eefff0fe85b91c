"""Pinned by certificate: httpx has no pins, but takes an SSL context, and one that trusts a single certificate is a pin."""
import os
import ssl
import sys

import httpx

url, shipped = sys.argv[1:]
context = ssl.create_default_context(cafile=shipped)
# OpenSSL then ends the chain at any certificate that it trusts, and not only at a self-signed one.
context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
answer = httpx.get(url, verify=context, headers={"approov-token": os.environ["LAB_TOKEN"]})
answer.raise_for_status()
