sed -i 's/, "evaluation"//' track.py && python track.py
