sed -i 's/elif line and not STAMPED.match(line):/elif not error and re.match(r"[\\w.]+Error: ", line):/' analyse.py && python analyse.py
