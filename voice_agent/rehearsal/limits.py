"""How long each state may last before the watchdog steps in. Reasons beside the figures."""

from __future__ import annotations

WATCH_EVERY_S = 0.25
MICROPHONE_SILENT_S = 6.0
"""A live microphone sends a block every 20 ms; the device's own watchdog acts after 4 s."""
THINKING_S = 20.0
"""No partner that is ever going to answer takes longer; a person gives up sooner."""
SPEAKING_S = 180.0
READING_S = 2.0
"""A rater that is slower must not hold the partner back."""
UNCLEAR_VOICED_S = 0.7
"""Voice without words for this long was meant to be a turn; less was a noise."""
UNCLEAR_IN_A_ROW = 2
"""After that the partner stops asking: it is the microphone, not the learner."""
COMMAND_VOICED_S = 3.5
COMMAND_WORDS = 8
"""No spoken command is longer, by its voice or by what dictation made of it."""
PARTNER_FAILURES = 3
"""In a row; after that the authored partner goes on."""
DOUBTFUL_WORD = 0.3
"""Confidence below which a recognised word is likely another one (PocketSphinx: docs/recognition.md)."""
