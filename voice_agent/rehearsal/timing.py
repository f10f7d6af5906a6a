"""Where the time of one turn goes, from the learner's last sound to the partner's first."""

from __future__ import annotations

from dataclasses import dataclass

from voice_agent.events import TurnTimed


@dataclass(slots=True)
class TurnClock:
    """Times by the injected clock, filled in as the turn passes each point."""

    turn: int
    speech_ended_s: float | None = None
    """None when the turn was typed."""
    committed_s: float = 0.0
    words_s: float = 0.0
    rated_s: float | None = None
    text_s: float | None = None
    sounded_s: float | None = None
    replies_ahead: int = 0
    was_ahead: bool = False

    def event(self) -> TurnTimed:
        def between(start: float | None, end: float | None) -> float | None:
            # What was done ahead of its turn took no time after it.
            return None if start is None or end is None else max(0.0, round(end - start, 4))

        return TurnTimed(
            turn=self.turn,
            committed_s=between(self.speech_ended_s, self.committed_s),
            words_s=between(self.committed_s, self.words_s),
            rated_s=between(self.words_s, self.rated_s),
            reply_text_s=between(self.rated_s, self.text_s),
            first_sample_s=between(self.committed_s, self.sounded_s),
            replies_ahead=self.replies_ahead,
            was_ahead=self.was_ahead,
        )
