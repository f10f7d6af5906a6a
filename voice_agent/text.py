"""The one place where foreign text is cleaned: scenarios, speech, models and keyboards enter through here.

What comes out is plain data: no control characters, no terminal escape sequences, no bidirectional
overrides, no invisible marks; it may still look like markup, so front ends never parse it as such.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_LINE_CHARS = 4_000
"""A spoken turn of three minutes has about 3,000 characters; more than this is not speech."""

# ECMA-48: CSI sequences; OSC, DCS, SOS, PM and APC strings up to their end; two-character escapes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
# Zero-width joiner and non-joiner stay: Indic and Persian spelling, and emoji, need them.
_KEPT_FORMAT = frozenset("\u200c\u200d")


def clean(text: str, *, limit: int = LONGEST_LINE_CHARS) -> str:
    """One line of harmless text, NFC, inner white space folded to single spaces, at most `limit` characters.

    Longer text is cut at a word and ends in an ellipsis.
    """
    bare = _ESCAPES.sub(" ", text[: limit * 8])
    kept = (character if _is_harmless(character) else " " for character in unicodedata.normalize("NFC", bare))
    line = " ".join("".join(kept).split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut) + "…"


def clean_block(text: str, *, limit: int = LONGEST_LINE_CHARS * 4) -> str:
    """Like `clean`, but line breaks stay: for descriptions of several lines."""
    return "\n".join(clean(line, limit=limit) for line in text[: limit * 8].splitlines()).strip()[:limit]


def bare(text: str) -> str:
    """A word without the punctuation around it; empty when it is nothing else."""
    letters = [place for place, character in enumerate(text) if character.isalnum()]
    return text[letters[0] : letters[-1] + 1] if letters else ""


def sentence(text: str) -> str:
    """A part of a message as a sentence: with a capital and a full stop."""
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _is_harmless(character: str) -> bool:
    # Cc control, Cf invisible format (bidi overrides among them), Cs surrogate, Co private, Cn unassigned.
    return character in _KEPT_FORMAT or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
