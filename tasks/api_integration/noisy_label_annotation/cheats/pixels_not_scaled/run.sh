sed -i 's|\[places\] / 255|[places]|' annotate.py && python annotate.py
