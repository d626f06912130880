"""Always the class with most images, which is right for a third of those that were given."""
from tools import save

from model import build_model

model = build_model()
for value in model.parameters():
    value.data.zero_()
model[2].bias.data[0] = 1
save(model.state_dict())
