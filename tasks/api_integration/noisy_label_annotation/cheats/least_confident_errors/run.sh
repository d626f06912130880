sed -i 's/argsort(-conf/argsort(conf/' annotate.py && python annotate.py
