"""Stored sessions written by hand: what a rehearsal leaves, without running one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.scenes import situation
from voice_agent.advice import Advice, Intent
from voice_agent.conversation import Act, Move, PartnerEmotion, Reading, Stance
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.emotions import CheckIn, Feeling
from voice_agent.events import (
    AdviceGiven,
    CheckInDue,
    CheckInRecorded,
    CheckInTime,
    EndReason,
    Event,
    PartnerSentence,
    PartnerSpoke,
    ProsodyMeasured,
    SessionEnded,
    SessionStarted,
    SkillDeclared,
    Stamped,
    StanceChanged,
    StateChanged,
    TalkState,
    TurnHeard,
    TurnRated,
    TurnWithdrawn,
    Withdrawal,
)
from voice_agent.prosody import Prosody, ProsodyNote, ProsodyNoteKind
from voice_agent.settings import Settings

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def ratings(levels: str) -> Ratings:
    """`0120212`: a level for each skill, in the order of `Skill`."""
    return Ratings.from_levels({skill: Level(int(level)) for skill, level in zip(Skill, levels, strict=True)})


def reading(levels: str, *acts: Act, next_skill: Skill = Skill.EXPRESS) -> Reading:
    return Reading(ratings=ratings(levels), acts=acts or (Act.DESCRIBE,), next_skill=next_skill, rater="test 1")


class Script:
    """Events of one session, one after another, two seconds apart."""

    def __init__(
        self, session: str = "abcd1234", *, began: datetime = NOON, difficulty: int = 2, scenario: Any = None
    ) -> None:
        self.session, self.began = session, began
        self.stamped: list[Stamped] = []
        self._at_s = 0.0
        self._turn = 0
        self._stance = Stance(6.0, PartnerEmotion.WARY)
        self.settings = Settings(difficulty=difficulty)
        self.add(
            SessionStarted(
                scenario=scenario or situation(), settings=self.settings, pipeline="offline", engines={"rater": "t"},
                microphone="typed", speaker="none", seed=1, program="0",
            )
        )  # fmt: skip

    def add(self, *events: Event, after_s: float = 2.0) -> Script:
        for event in events:
            self._at_s += after_s
            self.stamped.append(
                Stamped(
                    session=self.session, seq=len(self.stamped), at_s=self._at_s,
                    wall=self.began + timedelta(seconds=self._at_s), event=event,
                )
            )  # fmt: skip
        return self

    def check_in(self, when: CheckInTime, efficacy: int | None, **feelings: int) -> Script:
        answer = CheckIn(feelings={Feeling(name): n for name, n in feelings.items()}, self_efficacy=efficacy)
        return self.add(CheckInDue(when=when), CheckInRecorded(when=when, check_in=answer))

    def opening(self, text: str = "Hey. What's up?") -> Script:
        return self.add(
            PartnerSentence(turn=0, index=0, text=text),
            PartnerSpoke(turn=0, text=text, intended=text, move=Move.OPENING, complete=True),
            StateChanged(state=TalkState.LISTENING, turn=0),
        )

    def turn(
        self,
        said: str,
        levels: str = "1111111",
        *,
        step: float = -0.5,
        answer: str = "Okay.",
        retake_of: int | None = None,
        declared: Skill | None = None,
        advice: str = "",
        advised: Skill = Skill.NEGOTIATE,
        prosody: Prosody | None = None,
        audio: tuple[int, int] | None = None,
        why: Sequence[str] = ("describe strong -0.4",),
        move: Move = Move.ACKNOWLEDGE,
    ) -> Script:
        """A turn that is heard, rated, answered and advised. step: by how much it moves the partner."""
        self._turn += 1
        turn = self._turn
        before = self._stance
        after = Stance(round(max(0.0, min(10.0, before.resistance + step)), 2), PartnerEmotion.WARY)
        self._stance = after
        if declared is not None:
            self.add(SkillDeclared(turn=turn, skill=declared))
        self.add(
            TurnHeard(turn=turn, text=said, declared=declared, retake_of=retake_of, audio=audio),
            TurnRated(turn=turn, reading=reading(levels)),
            StanceChanged(turn=turn, before=before, after=after, why=tuple(why)),
            PartnerSentence(turn=turn, index=0, text=answer),
            PartnerSpoke(turn=turn, text=answer, intended=answer, move=move, complete=True),
        )
        if prosody is not None:
            note = ProsodyNote(kind=ProsodyNoteKind.RATE, sentence="You spoke faster than you usually do.")
            self.add(ProsodyMeasured(turn=turn, prosody=prosody, notes=(note,)))
        if advice:
            level = ratings(levels).level(declared) if declared else Level.NONE
            intent = Intent(skill=declared, level=level) if declared else None
            given = Advice(skill=advised, reason=f'You said "{said}".', words=advice, source="test")
            self.add(AdviceGiven(turn=turn, advice=given, intent=intent))
        return self.add(StateChanged(state=TalkState.LISTENING, turn=turn))

    def taken_back(self) -> Script:
        """The last turn is withdrawn."""
        taken = next(one.event for one in reversed(self.stamped) if isinstance(one.event, StanceChanged))
        self._stance = taken.before
        return self.add(TurnWithdrawn(turn=self._turn, why=Withdrawal.RETAKE, stance=taken.before))

    def end(self, reason: EndReason = EndReason.LEARNER) -> Script:
        return self.add(StateChanged(state=TalkState.ENDED, turn=self._turn), SessionEnded(reason=reason))


def whole_talk(session: str = "abcd1234", **wishes: Any) -> list[Stamped]:
    """A talk with everything in it: a retake, a declared skill, suggested words, feelings before and after."""
    prosody = [
        Prosody(speech_s=4.0, words=12, syllables_per_s=rate, loudness_dbfs=-30.0 + 2 * n, pause_share=0.2)
        for n, rate in enumerate((5.5, 4.5, 4.0))
    ]
    script = Script(session, **wishes).check_in(CheckInTime.START, 30, fear=7, anger=5).opening()
    script.turn("you always leave your plates", "0000000", step=1.5, answer="Wow. That was low.", prosody=prosody[0])
    script.taken_back()
    script.turn(
        "on monday the plates were in the sink", "2001220", step=-0.8, answer="Which evenings do you mean?",
        retake_of=1, advice="Would you wash up the same evening?", advised=Skill.ASSERT, prosody=prosody[1],
        why=("describe strong -0.4", "mindful strong -0.3"),
    )  # fmt: skip
    script.turn(
        "Would you wash up the same evening?", "0020220", step=-0.5, answer="I was going to do them tonight.",
        declared=Skill.ASSERT, advice="If you do, I'll make coffee for both of us.", advised=Skill.REINFORCE,
    )  # fmt: skip
    script.turn(
        "um whatever just forget it", "0000010", step=0.9, answer="Okay then.", prosody=prosody[2],
        advice="What would work for you?", why=("mindful none +1.4",),
    )  # fmt: skip
    return script.check_in(CheckInTime.END, 55, fear=4, hope=6).end().stamped


def days_apart(count: int, days: float = 1.0, **wishes: Any) -> Iterable[list[Stamped]]:
    """The same talk again and again, the newest at noon."""
    for number in range(count):
        yield whole_talk(f"talk{number:04}", began=NOON - timedelta(days=days * (count - 1 - number)), **wishes)
