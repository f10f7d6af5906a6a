"""Imported first: where the training extra is missing it says what to install, and ends with exit code 2."""

from __future__ import annotations

import sys
from importlib.util import find_spec

if missing := [name for name in ("torch", "sentence_transformers", "sklearn") if find_spec(name) is None]:
    print(
        f"training: {', '.join(missing)} not installed; pip install -e '.[training]' (docs/rater.md, Train it again)",
        file=sys.stderr,
    )
    raise SystemExit(2)
