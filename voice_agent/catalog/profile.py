"""What the program remembers of the learner between talks: one small private file that can be read and deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from voice_agent.errors import UserError
from voice_agent.folders import data_folder, write_private
from voice_agent.prosody import PauseProfile, SpeechBaseline


class Profile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`profile.json` in the user's data folder."""

    schema: Literal[1] = 1
    was_welcomed: bool = False
    """The sound check was offered."""
    baseline: SpeechBaseline | None = None
    """How the learner sounds when nothing is at stake; from the sound check."""
    pauses: PauseProfile = PauseProfile()
    """How long the learner pauses inside turns; from the sound check and the talks."""


def profile_file() -> Path:
    return data_folder() / "profile.json"


def load_profile() -> Profile:
    """An empty one when nothing is remembered. Raises UserError when the file is broken."""
    path = profile_file()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Profile)
    except (FileNotFoundError, NotADirectoryError):
        return Profile()
    except OSError as error:
        raise UserError(error.strerror or "cannot be read", place=str(path), cure="check its permissions") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(str(error), place=str(path), cure="delete the file and run the sound check again") from error


def save_profile(profile: Profile) -> None:
    """Replaces the file in one step, readable by the user alone. Raises UserError."""
    write_private(profile_file(), msgspec.json.format(msgspec.json.encode(profile), indent=2) + b"\n")
