sed -i 's/ \\| learning rate \\S+\$//' analyse.py && python analyse.py
