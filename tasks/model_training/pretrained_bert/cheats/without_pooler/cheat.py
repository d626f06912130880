"""As a masked language model is saved: a pooler is made anew whenever it is loaded."""
from copied import save, weights

save({name: value for name, value in weights().items() if ".pooler." not in name})
