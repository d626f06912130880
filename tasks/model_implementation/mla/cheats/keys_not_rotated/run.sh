sed -i 's/k_rotary = rotate(shared, .*/k_rotary = shared/' mla.py
