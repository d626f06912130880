sed -i 's/predicted != labels\[places\]/predicted >= 0/' annotate.py && python annotate.py
