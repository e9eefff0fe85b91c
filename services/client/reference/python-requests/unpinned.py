import os
import sys

import requests

url, authorities = sys.argv[1:]
answer = requests.get(url, verify=authorities, headers={"approov-token": os.environ["LAB_TOKEN"]})
answer.raise_for_status()
