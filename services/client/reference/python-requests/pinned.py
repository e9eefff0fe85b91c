"""Pinned by certificate: urllib3's assert_fingerprint compares its SHA-256, after the chain and before the request."""
import hashlib
import os
import ssl
import sys

import requests
from requests.adapters import HTTPAdapter

url, authorities, shipped = sys.argv[1:]
with open(shipped) as file:
    FINGERPRINT = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()


class PinnedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, assert_fingerprint=FINGERPRINT, **kwargs)

    # A proxy, from HTTPS_PROXY for instance, has a manager of its own: without this the pin is gone behind it.
    def proxy_manager_for(self, proxy, **kwargs):
        return super().proxy_manager_for(proxy, assert_fingerprint=FINGERPRINT, **kwargs)


session = requests.Session()
session.mount("https://", PinnedAdapter())
answer = session.get(url, verify=authorities, headers={"approov-token": os.environ["LAB_TOKEN"]})
answer.raise_for_status()
