"""How a download goes: a bar for a terminal, lines for screen readers and pipes. All of it on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from voice_agent.model_entry import ModelEntry
from voice_agent.model_file import ModelFile
from voice_agent.models.install import Progress

_STEP = 0.1
"""A line is told for each further tenth of a large file."""
_LARGE_BYTES = 20_000_000


class ShownProgress(Progress, Protocol):
    def waits(self, why: str, seconds: float) -> None: ...


@contextmanager
def shown_progress(*, plain: bool) -> Iterator[ShownProgress]:
    """plain: lines, also on a terminal."""
    if plain or not sys.stderr.isatty():
        yield LineProgress()
        return
    bar = BarProgress()
    with bar.shown:
        yield bar


class LineProgress:
    """One line a file, and one for each tenth of a large one."""

    def __init__(self) -> None:
        self._file: ModelFile | None = None
        self._told = 0.0

    def began(self, model: ModelEntry, file: ModelFile) -> None:
        self._file, self._told = file, 0.0
        tell(f"{model.id}: {file.path}, {megabytes(file.bytes)}.")

    def came(self, have: int) -> None:
        if self._file is None or self._file.bytes < _LARGE_BYTES:
            return
        share = have / self._file.bytes
        if share >= self._told + _STEP:
            self._told = share
            tell(f"{share:.0%}.")

    def again(self, why: str) -> None:
        self._told = 0.0
        tell(f"From the beginning: {why}.")

    def waits(self, why: str, seconds: float) -> None:
        tell(f"{why}; trying again in {seconds:.0f} s.")

    def ended(self) -> None:
        self._file = None


class BarProgress:
    """A bar a file, by rich."""

    def __init__(self) -> None:
        from rich.console import Console  # 0.1 s
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )
        from rich.progress import (
            Progress as Bars,
        )

        self.shown = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = self.shown.add_task("", visible=False)

    def began(self, model: ModelEntry, file: ModelFile) -> None:
        self._task = self.shown.add_task(file.path, total=file.bytes)

    def came(self, have: int) -> None:
        self.shown.update(self._task, completed=have)

    def again(self, why: str) -> None:
        self.shown.update(self._task, completed=0)
        self.shown.console.print(f"From the beginning: {why}.", markup=False)

    def waits(self, why: str, seconds: float) -> None:
        self.shown.console.print(f"{why}; trying again in {seconds:.0f} s.", markup=False)

    def ended(self) -> None:
        self.shown.refresh()


def megabytes(size: int) -> str:
    """A size as people say it."""
    return f"{size / 1e6:.0f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1e3))} kB"


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
