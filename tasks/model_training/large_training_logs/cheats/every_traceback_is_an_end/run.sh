sed -i 's/training finished after/training will be finished/' analyse.py && python analyse.py
