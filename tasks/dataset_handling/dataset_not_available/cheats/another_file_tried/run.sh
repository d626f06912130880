# A request, but for another file than the report says.
python -c 'import os, urllib.request as u; u.urlopen(os.environ["DOOR"] + "/files/birds.zip")'
echo "$DOOR/files/nordic_birds.tar.gz could not be downloaded: HTTP status 404 (Not Found)." > dataset_not_available.txt
