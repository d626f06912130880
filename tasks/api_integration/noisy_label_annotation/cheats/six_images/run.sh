sed -i 's/:COUNT\]/: COUNT + 1]/; s/range(0, COUNT/range(0, COUNT + 1/' annotate.py && python annotate.py
