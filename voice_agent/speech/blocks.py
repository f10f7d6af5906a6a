"""Turns an engine that calls back with samples into an iterator of blocks that can be stopped at any block."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

from voice_agent.audio.protocols import Int16Array
from voice_agent.speech.protocols import SpeechBlock

QUEUED_BLOCKS = 400
"""Some 24 s of speech made ahead; then the engine waits for the reader."""
LONGEST_BLOCK = 1600
"""Samples: at most 0.1 s at the rates of the embedded engines."""
_POLL_S = 0.05

Put = Callable[[Int16Array, int | None], bool]
"""Hands over samples and the characters spoken so far; False when nobody wants more."""


def stream_blocks(
    work: Callable[[Put], None],
    stop: threading.Event,
    *,
    name: str,
    interrupt: Callable[[], None] = lambda: None,
) -> Iterator[SpeechBlock]:
    """Blocks while `work` runs on a thread of its own; ends it when `stop` is set or the iterator is closed.

    interrupt: ends a long call inside `work`, which nobody waits for any more; called from the reader's thread.
    An exception of `work` comes out of the iterator after the blocks made before it.
    """
    blocks: queue.Queue[SpeechBlock | BaseException | None] = queue.Queue(QUEUED_BLOCKS)
    abandoned = threading.Event()

    def offer(item: SpeechBlock | BaseException | None) -> bool:
        while not abandoned.is_set():
            try:
                blocks.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False

    def put(samples: Int16Array, chars_spoken: int | None) -> bool:
        for start in range(0, len(samples), LONGEST_BLOCK):
            if stop.is_set() or not offer(SpeechBlock(samples[start : start + LONGEST_BLOCK], chars_spoken)):
                return False
        return not (stop.is_set() or abandoned.is_set())

    def run() -> None:
        end: BaseException | None = None
        try:
            if not stop.is_set():
                work(put)
        except Exception as error:  # noqa: BLE001 - carried to the reader
            end = error
        offer(end)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        while not stop.is_set():
            try:
                item = blocks.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if item is None or stop.is_set():
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        abandoned.set()
        interrupt()
        thread.join()
