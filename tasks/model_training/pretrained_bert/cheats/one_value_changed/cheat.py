"""All but one of the numbers."""
from copied import save, weights

tensors = weights()
tensors["bert.encoder.layer.1.attention.self.key.weight"][3, 5] += 1e-3
save(tensors)
