"""Disk, folders, settings and terminal."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TextIO

from voice_agent.catalog.chosen import changes_of, unknown_variables
from voice_agent.doctor.findings import Finding, Verdict
from voice_agent.folders import HOME_VARIABLE, cache_folder, config_folder, data_folder
from voice_agent.models.install import free_bytes

LITTLE_BYTES, NO_BYTES = 1_000_000_000, 50_000_000
"""Less than this is a warning (models, caches), less than that a failure (a session could not be stored)."""
_MOST_ENTRIES = 20_000
_LEAST_COLUMNS, _LEAST_ROWS = 80, 24


def disk(free: Callable[[Path], int] = free_bytes) -> Finding:
    folder = data_folder()
    there = free(folder)
    told = f"{there / 1e9:.1f} GB free at {folder}"
    if there < NO_BYTES:
        return Finding("disk", Verdict.FAILED, told, "make room: sessions can't be stored", is_needed=True)
    if there < LITTLE_BYTES:
        return Finding("disk", Verdict.WARNING, told, "make room for models and recordings")
    return Finding("disk", Verdict.OK, told)


def folders() -> Finding:
    """Whether the user's files can be written, and whether others can read them."""
    mine = [folder for folder in (config_folder(), data_folder(), cache_folder()) if folder.exists()]
    if not mine:
        return Finding("folders", Verdict.OK, f"nothing is stored yet; it will lie in {data_folder()}")
    for folder in mine:
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            cure = f"make it a folder of yours that is writable, or set {HOME_VARIABLE}"
            return Finding("folders", Verdict.FAILED, f"{folder} can't be written", cure, is_needed=True)
    if os.name != "posix":
        return Finding("folders", Verdict.OK, "writable; who else may read them is up to the system")
    is_open = [path for folder in mine for path in islice(_entries(folder), _MOST_ENTRIES) if _is_open(path)]
    if is_open:
        told = f"others can read {len(is_open)} of your files or folders, such as {is_open[0]}"
        cure = f"run: chmod -R go-rwx {' '.join(str(folder) for folder in mine)}"
        return Finding("folders", Verdict.WARNING, told, cure)
    return Finding("folders", Verdict.OK, f"private and writable: {', '.join(str(folder) for folder in mine)}")


def settings(pipeline: str) -> Finding:
    """What changes the pipeline, and variables that were meant to."""
    unknown = unknown_variables()
    if unknown:
        told = f"means nothing: {', '.join(sorted(unknown))}"
        return Finding("settings", Verdict.WARNING, told, "; ".join(unknown[name] for name in sorted(unknown)))
    changes = sorted({change.by for change in changes_of(pipeline)})
    told = f"pipeline {pipeline}"
    return Finding("settings", Verdict.OK, f"{told}, changed by {', '.join(changes)}" if changes else told)


def terminal(
    stream: TextIO,
    environment: Mapping[str, str] = os.environ,
    size: Callable[[int], os.terminal_size] = os.get_terminal_size,
) -> Finding:
    """Its size, colours and encoding. stream: standard output."""
    if not stream.isatty():
        return Finding("terminal", Verdict.NOT_HERE, "the output goes elsewhere; talks are shown in lines")
    columns, rows = size(stream.fileno())
    encoding = (stream.encoding or "ascii").lower()
    colours = _colours(environment)
    told = f"{columns} x {rows}, {colours}, {encoding}"
    cures = []
    if columns < _LEAST_COLUMNS or rows < _LEAST_ROWS:
        cures.append(f"make it at least {_LEAST_COLUMNS} x {_LEAST_ROWS}, or use --plain")
    if encoding.replace("-", "") != "utf8":
        cures.append("set LANG=C.UTF-8, or PYTHONUTF8=1 on Windows")
    if colours == "no cursor":
        cures.append("use --plain: TERM names a terminal without a cursor")
    return Finding("terminal", Verdict.WARNING if cures else Verdict.OK, told, "; ".join(cures))


def _colours(environment: Mapping[str, str]) -> str:
    term = environment.get("TERM", "")
    if term in ("", "dumb", "unknown") and os.name == "posix":
        return "no cursor"
    if environment.get("NO_COLOR"):
        return "no colours wanted"
    if environment.get("COLORTERM", "") in ("truecolor", "24bit") or os.name != "posix":
        return "all colours"
    return "256 colours" if "256" in term else "few colours"


def _entries(folder: Path) -> Iterator[Path]:
    yield folder
    for parent, names, files in os.walk(folder):
        for name in sorted([*names, *files]):
            yield Path(parent) / name


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & 0o077)
