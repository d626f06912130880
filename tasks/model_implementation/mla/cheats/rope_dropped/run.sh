sed -i 's/ = rotate(\(\w*\), .*/ = \1/' mla.py
