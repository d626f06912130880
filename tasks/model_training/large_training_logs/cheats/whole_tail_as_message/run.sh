# The line is somewhere in it.
sed -i 's/error = line/error = f"{error[-1000:]}\\n{line}"/' analyse.py && python analyse.py
