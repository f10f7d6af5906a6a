"""Gets ready for a talk while its situation is still being chosen.

What only has to be loaded is loaded here, on a thread. Opening engines can keep Python's lock for half a second and
fills what lies on disk, such as a language model: that is done in a process beside, which stops no screen and ends at
once when it isn't needed any more.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from importlib import import_module

MODULES = ("numpy", "onnxruntime", "voice_agent.sessions.store", "voice_agent.cli.conduct", "voice_agent.tui.app")
"""One after another, so that whoever leaves waits for one of them at most."""
NICENESS = 10
"""Of the process: what is on the screen goes first."""


async def get_ready(scenario: str, *, pipeline: str, voice: str, mic: str) -> bool:
    """Fill caches for a talk; whether its engines open. An empty name stands for the user's choice.

    Cancelling leaves nothing behind.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__, scenario, pipeline, voice, mic),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        for name in MODULES:
            await asyncio.to_thread(import_module, name)
        return await process.wait() == 0
    except ImportError:
        return False
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def warm(scenario: str, pipeline: str, voice: str, mic: str) -> None:
    """Open the engines of a talk once, and close them. Raises UserError: the talk will tell."""
    from voice_agent.catalog.chosen import chosen_pipeline
    from voice_agent.catalog.scenarios import load_scenario
    from voice_agent.cli.sound import open_microphone
    from voice_agent.clock import SystemClock
    from voice_agent.errors import EngineError, UserError
    from voice_agent.pipeline.stages import open_engines
    from voice_agent.worker import WorkCounter

    hears = False
    with suppress(EngineError, UserError):
        hears = open_microphone(mic or None, SystemClock()) is not None
    engines = open_engines(
        chosen_pipeline(pipeline or None),
        load_scenario(scenario),
        counter=WorkCounter(),
        hears=hears,
        voice=voice or None,
    )
    asyncio.run(engines.close())


if __name__ == "__main__":
    with suppress(AttributeError, OSError):  # Windows has no such call
        os.nice(NICENESS)
    warm(*sys.argv[1:])
