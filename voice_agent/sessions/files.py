"""Files that the program wrote for the user and deletes with what they tell of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def delete_file(file: Path, gone: list[Path], left: list[tuple[Path, str]]) -> None:
    """Tell in `gone` or `left` what became of it; a file that is not there is neither."""
    try:
        file.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        left.append((file, error.strerror or "cannot be deleted"))
    else:
        gone.append(file)


def delete_unchanged(files: Iterable[tuple[Path, str]], gone: list[Path], left: list[tuple[Path, str]]) -> None:
    """files: each with the SHA-256 of what was written. One that was changed since is the user's own, and stays."""
    for file, sha256 in files:
        try:
            is_ours = hashlib.sha256(file.read_bytes()).hexdigest() == sha256
        except FileNotFoundError:
            continue
        except OSError as error:
            left.append((file, error.strerror or "cannot be read"))
            continue
        if is_ours:
            delete_file(file, gone, left)
        else:
            left.append((file, "was changed since it was written"))
