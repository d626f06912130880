# Keeps the server's error page under the archive's name, as a download that looks at no status does.
python fetch_dataset.py
python - <<'PY'
import os, urllib.error, urllib.request
url = os.environ["DOOR"] + "/files/nordic_birds.tar.gz"
try:
    urllib.request.urlopen(url)
except urllib.error.HTTPError as error:
    open("nordic_birds.tar.gz", "wb").write(error.read())
PY
