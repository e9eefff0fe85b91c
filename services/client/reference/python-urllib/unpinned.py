import os
import ssl
import sys
import urllib.request

url, authorities = sys.argv[1:]
context = ssl.create_default_context(cafile=authorities)
request = urllib.request.Request(url, headers={"approov-token": os.environ["LAB_TOKEN"]})
with urllib.request.urlopen(request, context=context) as answer:
    answer.read()
