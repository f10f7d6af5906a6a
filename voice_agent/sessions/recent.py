"""Which situations were practised last, read before the first screen: the whole store would take 0.2 s to load."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

_QUERY = "SELECT scenario FROM sessions GROUP BY scenario ORDER BY max(started) DESC, scenario"


def recent_scenarios(path: Path) -> list[str]:
    """Ids in this file of the store, the one of the newest rehearsal first; none where it can't be read."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as database:
            return [scenario for (scenario,) in database.execute(_QUERY)]
    except sqlite3.Error:  # the store tells what is wrong when it is opened
        return []
