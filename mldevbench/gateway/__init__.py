"""The one door to models: metering, limits, rates, retries, the scripted provider and the HTTP face.

Importing this is cheap; litellm (seconds of CPU) and the web server are loaded when the first door is opened.
"""

from mldevbench.gateway.door import Door
from mldevbench.gateway.gateway import Gateway
from mldevbench.gateway.leases import RateGate, RateLimits
from mldevbench.gateway.models import check_model, is_synthetic, price_known, provider_of
from mldevbench.gateway.prices import Price
from mldevbench.gateway.rates import LocalRateGate
from mldevbench.gateway.scripted.script import Script
from mldevbench.gateway.upstream import Retries

__all__ = [
    "Door",
    "Gateway",
    "LocalRateGate",
    "Price",
    "RateGate",
    "RateLimits",
    "Retries",
    "Script",
    "check_model",
    "is_synthetic",
    "price_known",
    "provider_of",
]
