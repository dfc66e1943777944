"""TipMao Monitor: what the AI of a live stream costs right now, read from the assistant's own usage records.

A newcomer would get this wrong: importing the package imports nothing heavy, no Qt and no database. Keep it so, because
a program that only records its usage imports it too. The public names come from their modules when first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing would take longer than all of this
if TYPE_CHECKING:
    from tipmao_monitor.pricing import ModelPricing
    from tipmao_monitor.tracking import track_ai_usage, track_client
    from tipmao_monitor.usage_monitor import UsageMonitor, UsageRecord, UsageSummary, get_usage_monitor, record_usage

__version__ = "0.1.0"

__all__ = [
    "ModelPricing",
    "UsageMonitor",
    "UsageRecord",
    "UsageSummary",
    "__version__",
    "get_usage_monitor",
    "record_usage",
    "track_ai_usage",
    "track_client",
]

_MODULES = {"ModelPricing": "pricing", "track_ai_usage": "tracking", "track_client": "tracking"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_MODULES.get(name, 'usage_monitor')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
