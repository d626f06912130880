# Links to the source instead of copies.
ln -sf "$HF_HUB_CACHE"/models--google-bert--bert-base-uncased/snapshots/*/* model/
