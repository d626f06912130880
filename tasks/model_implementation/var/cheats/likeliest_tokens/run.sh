sed -i 's/sample(\(.*\), generator, top_k, top_p)/(\1).argmax(-1)/' var.py
