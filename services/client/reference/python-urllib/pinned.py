"""Pinned by certificate: the standard library can hash one, but cannot take the public key out of it."""
import hashlib
import http.client
import os
import ssl
import sys
import urllib.request

url, authorities, shipped = sys.argv[1:]
with open(shipped) as file:
    PIN = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).digest()


class PinnedConnection(http.client.HTTPSConnection):
    def connect(self):
        # Chain and name are verified in here, and the request is sent only after it.
        super().connect()
        if hashlib.sha256(self.sock.getpeercert(binary_form=True)).digest() != PIN:
            self.close()
            raise ssl.SSLCertVerificationError("the certificate is not the pinned one")


class PinnedHandler(urllib.request.HTTPSHandler):
    def https_open(self, request):
        return self.do_open(PinnedConnection, request, context=ssl.create_default_context(cafile=authorities))


opener = urllib.request.build_opener(PinnedHandler)
request = urllib.request.Request(url, headers={"approov-token": os.environ["LAB_TOKEN"]})
with opener.open(request) as answer:
    answer.read()
