# Places are counted over the zeros and ones only.
sed -i 's/for place in places\[chosen\].tolist()/for place in chosen.tolist()/' annotate.py && python annotate.py
