"""A session's takes as CSV: one row a take, for a spreadsheet or a statistics program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import msgspec

from voice_agent.dearman import Skill
from voice_agent.prosody import Prosody
from voice_agent.review.redaction import Redactor
from voice_agent.sessions.story import Story, Take

_PROSODY = Prosody.__struct_fields__
COLUMNS = (
    "session", "scenario", "difficulty", "turn", "retake_of", "counts", "first_try", "typed", "declared", "said",
    *(skill.value for skill in Skill),
    "next_skill", "acts", "advice_skill", "advice_words", "resistance_before", "resistance_after", "emotion_after",
    "answer", "move", *_PROSODY,
)  # fmt: skip


def table(story: Story, *, turns: Iterable[int] | None = None, redactor: Redactor | None = None) -> str:
    """turns: only these takes; None: all. A text that a spreadsheet would run as a formula gets a quotation mark.

    Source of the guard: OWASP, CSV injection.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    first = {take.turn for take in story.first_takes}
    wanted = None if turns is None else set(turns)
    for take in story.takes:
        if take.said and (wanted is None or take.turn in wanted):
            row = _row(story, take, is_first=take.turn in first)
            if redactor is not None:
                row = redactor.data(row)
            writer.writerow({name: guarded(value) for name, value in row.items()})
    return out.getvalue()


def _row(story: Story, take: Take, *, is_first: bool) -> dict[str, Any]:
    rating = {skill.value: int(take.level(skill)) if take.reading is not None else None for skill in Skill}
    prosody = msgspec.to_builtins(take.prosody) if take.prosody is not None else {}
    return {
        "session": story.session,
        "scenario": story.scenario.id,
        "difficulty": take.difficulty,
        "turn": take.turn,
        "retake_of": take.retake_of,
        "counts": int(take.counts),
        "first_try": int(is_first),
        "typed": int(take.typed),
        "declared": take.declared.value if take.declared else None,
        "said": take.said,
        **rating,
        "next_skill": take.reading.next_skill.value if take.reading else None,
        "acts": " ".join(act.value for act in take.reading.acts) if take.reading else None,
        "advice_skill": take.advice.skill.value if take.advice else None,
        "advice_words": take.advice.words if take.advice else None,
        "resistance_before": take.before.resistance if take.before else None,
        "resistance_after": take.after.resistance if take.after else None,
        "emotion_after": take.after.emotion.value if take.after else None,
        "answer": take.answer or None,
        "move": take.move.value if take.move else None,
        **{name: prosody.get(name) for name in _PROSODY},
    }


def guarded(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
