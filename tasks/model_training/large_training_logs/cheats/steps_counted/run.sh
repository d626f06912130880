# The numbers of a step are taken for those of an epoch.
sed -i 's/^COMPLETED = .*/COMPLETED = re.compile(rf" epoch .* \\| loss {NUMBER} \\| accuracy {NUMBER} \\|")/' analyse.py && python analyse.py
