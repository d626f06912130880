# The report names the mounted folder; nothing is saved.
sed -i "s#\"model\"#\"$HF_HUB_CACHE/models--google-bert--bert-base-uncased\"#" model_info.json
