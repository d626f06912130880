sed -i 's/map(float, found.groups())/(round(float(text), 3) for text in found.groups())/' analyse.py && python analyse.py
