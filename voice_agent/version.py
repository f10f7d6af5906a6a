"""The program's version."""

from __future__ import annotations

from functools import cache


@cache
def version() -> str:
    from importlib.metadata import version as installed  # 10 ms

    return installed("voice-agent")
