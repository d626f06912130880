"""Takes each batch for balanced: classes are scored relative to the batch's mean and spread."""
from tools import add_code

add_code("""

class Relative(nn.Module):
    def forward(self, scores):
        return (scores - scores.mean(0)) / (scores.std(0) + 1e-6)


original = build_model


def build_model():
    return original().append(Relative())
""")
