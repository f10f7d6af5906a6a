"""Every event goes to JSON and back unchanged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenes import situation
from voice_agent import commands, events
from voice_agent.conversation import Act, Move, PartnerEmotion, Reading, Stance, Word
from voice_agent.dearman import Level, Ratings, Skill, SkillRating
from voice_agent.emotions import CheckIn, Feeling
from voice_agent.settings import Settings

TEXT = st.text(max_size=40)
TIMES = st.floats(0, 1e6)
ratings = st.builds(
    lambda levels, sure: Ratings(
        **{name: SkillRating(level, sure) for name, level in zip(Ratings.__struct_fields__, levels, strict=True)}
    ),
    st.lists(st.sampled_from(Level), min_size=7, max_size=7),
    st.none() | st.floats(0, 1),
)
SPECIAL: dict[Any, st.SearchStrategy[Any]] = {
    Reading: st.builds(
        Reading,
        ratings=ratings,
        acts=st.lists(st.sampled_from(Act), min_size=1, max_size=3).map(tuple),
        next_skill=st.sampled_from(Skill),
        rater=TEXT,
    ),
    Stance: st.builds(Stance, st.floats(0, 10), st.sampled_from(PartnerEmotion)),
    CheckIn: st.builds(
        CheckIn,
        feelings=st.dictionaries(st.sampled_from(Feeling), st.integers(0, 10)),
        self_efficacy=st.none() | st.integers(0, 100),
    ),
    Word: st.builds(Word, TEXT, TIMES, TIMES, st.none() | st.floats(0, 1)),
    Settings: st.just(Settings()),
}
SPECIAL[events.SessionStarted] = st.builds(
    events.SessionStarted,
    scenario=st.just(situation()),
    settings=st.just(Settings()),
    pipeline=TEXT,
    engines=st.dictionaries(TEXT, TEXT),
    hosts=st.dictionaries(TEXT, TEXT),
    microphone=TEXT,
    speaker=TEXT,
    seed=st.integers(0, 2**31),
    program=TEXT,
)
SPECIAL[events.SessionResumed] = st.builds(
    events.SessionResumed,
    engines=st.dictionaries(TEXT, TEXT),
    hosts=st.dictionaries(TEXT, TEXT),
    microphone=TEXT,
    speaker=TEXT,
)
SPECIAL[float] = st.floats(allow_nan=False, allow_infinity=False)
for kind, strategy in SPECIAL.items():
    st.register_type_strategy(kind, strategy)
st.register_type_strategy(type(situation()), st.just(situation()))


@pytest.mark.parametrize("kind", get_args(events.Event))
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_every_event_survives_the_way_there_and_back(kind: type[events.Event], data: st.DataObject) -> None:
    event = data.draw(st.from_type(kind))
    stamped = events.Stamped(
        session="s",
        seq=data.draw(st.integers(0, 10**9)),
        at_s=1.5,
        wall=datetime(2026, 1, 2, tzinfo=UTC),
        event=event,
    )
    line = events.to_json(stamped)
    assert b"\n" not in line
    assert events.from_json(line) == stamped


@pytest.mark.parametrize("kind", get_args(commands.Command))
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_every_command_survives_the_way_there_and_back(kind: type[Any], data: st.DataObject) -> None:
    bounded: dict[Any, st.SearchStrategy[Any]] = {
        commands.SetDifficulty: st.builds(commands.SetDifficulty, difficulty=st.integers(1, 5)),
        commands.SayCandidate: st.builds(commands.SayCandidate, number=st.integers(1, 3)),
    }
    command = data.draw(bounded.get(kind, st.from_type(kind)))
    assert msgspec.json.decode(msgspec.json.encode(command), type=commands.Command) == command


def test_an_unknown_event_is_named_not_guessed() -> None:
    line = b'{"session":"a","seq":0,"at_s":1,"wall":"2026-01-02T00:00:00Z","event":{"kind":"Fancy"}}'
    with pytest.raises(msgspec.ValidationError, match="Fancy"):
        events.from_json(line)


def test_move_and_level_names_are_stable() -> None:
    """Stored sessions hold them: a change needs a migration."""
    assert len(Move) == 31
    assert [level.value for level in Level] == [0, 1, 2]
    assert "".join(skill.letter for skill in Skill) == "DEARMCN"
