"""Pinned by certificate, with the adapter that requests_toolbelt brings for it."""
import hashlib
import os
import ssl
import sys

import requests
from requests_toolbelt.adapters.fingerprint import FingerprintAdapter

url, authorities, shipped = sys.argv[1:]
with open(shipped) as file:
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()

session = requests.Session()
session.mount("https://", FingerprintAdapter(fingerprint))
answer = session.get(url, verify=authorities, headers={"approov-token": os.environ["LAB_TOKEN"]})
answer.raise_for_status()
