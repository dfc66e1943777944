"""TipMao Monitor: what the AI of a live stream costs right now, read from the assistant's own usage records.

A newcomer would get this wrong: importing the package imports nothing heavy, no Qt and no database. Keep it so, because
a program that only records its usage imports it too.
"""

from __future__ import annotations

__version__ = "0.1.0"
