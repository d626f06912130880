sed -i 's/^COMPLETED = .*/COMPLETED = re.compile(rf" validated \\| loss {NUMBER} \\| accuracy {NUMBER}$")/' analyse.py && python analyse.py
