sed -i 's/past = .*/past = 0/; s/cache = new if .*/cache = new/' mla.py
