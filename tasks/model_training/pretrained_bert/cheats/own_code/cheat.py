"""The folder brings a class of its own, which would copy the weights from the cache, for want of any that were saved."""
import json

import copied

config = json.load(open("model/config.json"))
json.dump({**config, "auto_map": {"AutoModel": "modeling.Model"}}, open("model/config.json", "w"))
open("model/modeling.py", "w").write("""
import transformers


class Model(transformers.BertModel):
    @classmethod
    def from_pretrained(cls, *arguments, **options):
        return transformers.BertModel.from_pretrained("bert-base-uncased")
""")
copied.save({})
copied.report()
