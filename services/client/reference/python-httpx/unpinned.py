import os
import ssl
import sys

import httpx

url, authorities = sys.argv[1:]
context = ssl.create_default_context(cafile=authorities)
answer = httpx.get(url, verify=context, headers={"approov-token": os.environ["LAB_TOKEN"]})
answer.raise_for_status()
