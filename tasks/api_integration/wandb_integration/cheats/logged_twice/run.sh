sed -i 's/^    path = log()/    log(); path = log()/' track.py && python track.py
