"""Sensor readings of a pump. Do not change this file."""

import torch
from torch import Tensor

COLUMNS = ("speed_rpm", "pressure_pa", "temperature_c", "firmware")


def readings(count: int = 400, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Readings (count, 4) in the units of COLUMNS, and the power drawn in kW (count,); both float32."""
    random = torch.Generator().manual_seed(seed)
    load, weather, noise = torch.randn(3, count, generator=random)
    speed = 1800 + 350 * load
    pressure = 101_000 + 2_500 * (0.6 * load + 0.8 * weather)
    temperature = 35 + 6 * torch.randn(count, generator=random)
    firmware = torch.full((count,), 7.0)
    x = torch.stack([speed, pressure, temperature, firmware], dim=1)
    power = 40 + 9 * load + 5 * weather - 3 * (temperature - 35) / 6 + noise
    return x, power
