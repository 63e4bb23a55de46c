"""What the whole machine does, as its operating system and the driver of its NVIDIA cards tell."""

from collections.abc import Callable
from typing import Any

import psutil
import pynvml

Reading = dict[str, Any]
MILLIWATTS = 1000


class Gauges:
    """Read again and again: the CPU's share is that since the reading before."""

    def __init__(self, nvml: Any = pynvml) -> None:
        """nvml: what speaks with the driver; where there is none, there are no GPUs."""
        self._nvml = nvml
        self._cards = _cards(nvml)
        psutil.cpu_percent()

    def read(self) -> Reading:
        """As a row of machine_samples, without host and time."""
        memory = psutil.virtual_memory()
        return {
            "cores": psutil.cpu_count() or 1,
            "cpu": psutil.cpu_percent() / 100,
            "memory_bytes": memory.total - memory.available,
            "memory_total_bytes": memory.total,
            "gpus": [self._gpu(card) for card in self._cards],
        }

    def _gpu(self, card: Any) -> Reading:
        nvml = self._nvml
        memory = self._told(lambda: nvml.nvmlDeviceGetMemoryInfo(card))
        name = self._told(lambda: nvml.nvmlDeviceGetName(card))
        busy = self._told(lambda: nvml.nvmlDeviceGetUtilizationRates(card).gpu)
        power = self._told(lambda: nvml.nvmlDeviceGetPowerUsage(card))
        return {
            "name": name.decode() if isinstance(name, bytes) else name or "GPU",
            "utilisation": None if busy is None else busy / 100,
            "memory_bytes": None if memory is None else memory.used,
            "memory_total_bytes": None if memory is None else memory.total,
            "temperature": self._told(lambda: nvml.nvmlDeviceGetTemperature(card, nvml.NVML_TEMPERATURE_GPU)),
            "power": None if power is None else power / MILLIWATTS,
        }

    def _told(self, ask: Callable[[], Any]) -> Any:
        """None of what this card does not tell."""
        try:
            return ask()
        except self._nvml.NVMLError:
            return None


def _cards(nvml: Any) -> list[Any]:
    try:
        nvml.nvmlInit()
        return [nvml.nvmlDeviceGetHandleByIndex(at) for at in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError:  # no driver, or none that answers
        return []
