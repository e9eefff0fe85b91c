"""The mistake: httpx shows the certificate with the answer, and so when the request has been read."""
import hashlib
import os
import ssl
import sys

import httpx

url, authorities, shipped = sys.argv[1:]
with open(shipped) as file:
    PIN = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).digest()


def check(answer):
    connection = answer.extensions["network_stream"].get_extra_info("ssl_object")
    if hashlib.sha256(connection.getpeercert(True)).digest() != PIN:
        raise ssl.SSLCertVerificationError("the certificate is not the pinned one")


context = ssl.create_default_context(cafile=authorities)
with httpx.Client(verify=context, event_hooks={"response": [check]}) as client:
    answer = client.get(url, headers={"approov-token": os.environ["LAB_TOKEN"]})
    answer.raise_for_status()
