"""Far more numbers than allowed, in half precision and in a buffer, where a count of what can be trained finds none."""
import torch

from tools import add_code, save, state

add_code("""

def enlarged(build):
    def build_model():
        network = build()
        network.register_buffer("table", torch.zeros(3_500_000, dtype=torch.float16))
        return network

    return build_model


build_model = enlarged(build_model)
""")
save({**state(), "table": torch.zeros(3_500_000, dtype=torch.float16)})
