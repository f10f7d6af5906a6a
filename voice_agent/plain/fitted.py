"""Lines for a terminal break between words; in a pipe a line stays a line."""

from __future__ import annotations

import shutil
import sys
import textwrap

NARROWEST = 20


def fitted(line: str) -> str:
    """The line as standard output shows it best; what goes on stands under its beginning."""
    if not sys.stdout.isatty():
        return line
    width = max(NARROWEST, shutil.get_terminal_size().columns)
    indent = line[: len(line) - len(line.lstrip())]
    wrapped = textwrap.wrap(
        line,
        width,
        subsequent_indent=indent,
        replace_whitespace=False,
        drop_whitespace=True,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(wrapped) or line
