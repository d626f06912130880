sed -i 's/mnist_annotation_{int(time.time())}/mnist_annotation_timestamp/' annotate.py && python annotate.py
