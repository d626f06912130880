sed -i 's/"run_id": found.id/"run_id": found.name/' track.py && python track.py
