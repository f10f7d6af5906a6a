"""A session told back: what counts, what was taken back, what was the learner's own."""

from __future__ import annotations

import pytest

from tests.sessions.stories import Script, whole_talk
from voice_agent.dearman import Level, Skill
from voice_agent.errors import UserError
from voice_agent.events import CheckInTime, SessionResumed
from voice_agent.sessions.digest import digest_of, digest_to_json, digests_from_json
from voice_agent.sessions.story import story_of, strong_in


def test_a_take_holds_all_that_was_said_about_it() -> None:
    story = story_of(whole_talk())
    assert story.opening == "Hey. What's up?"
    assert [take.turn for take in story.takes] == [1, 2, 3, 4]
    asked = story.takes[2]
    assert (asked.declared, asked.answer, asked.typed) == (Skill.ASSERT, "I was going to do them tonight.", True)
    assert asked.intent is not None
    assert asked.intent.level is Level.STRONG
    assert asked.before is not None
    assert asked.before.resistance == pytest.approx(5.2)


def test_what_was_taken_back_stays_but_does_not_count() -> None:
    story = story_of(whole_talk())
    assert [take.turn for take in story.counted] == [2, 3, 4]
    assert [[take.turn for take in chain] for chain in story.chains()] == [[1, 2]]


def test_first_tries_leave_out_retakes_and_the_coachs_own_words() -> None:
    story = story_of(whole_talk())
    assert [take.turn for take in story.first_takes] == [1, 4]
    assert story.takes[2].suggested, "the coach had offered these words"


def test_a_digest_counts_what_progress_needs() -> None:
    digest = digest_of(whole_talk())
    assert (digest.turns, digest.counted, digest.first) == (4, 3, 2)
    assert digest.strong_of(Skill.DESCRIBE) == 1
    assert digest.first_strong_of(Skill.DESCRIBE) == 0
    assert digest.efficacy == (30, 55)
    assert digest.softened == pytest.approx(0.4)
    assert digests_from_json([digest_to_json(digest)] * 2) == [digest, digest]


def test_breaks_between_runs_take_no_time() -> None:
    script = Script().opening()
    before = script.stamped[-1].at_s
    resumed = SessionResumed(engines={}, microphone="typed", speaker="none")
    script._at_s = 0.0  # the clock of the second run
    script.add(resumed).turn("hello", "0000220")
    story = story_of(script.stamped)
    assert story.runs == 2
    assert story.length_s == pytest.approx(before + script.stamped[-1].at_s)


def test_nothing_that_begins_in_the_middle_is_a_session() -> None:
    with pytest.raises(UserError, match="holds no beginning"):
        story_of(whole_talk()[1:])


def test_a_talk_without_turns_has_an_empty_digest() -> None:
    digest = digest_of(Script().check_in(CheckInTime.START, None).opening().stamped)
    assert (digest.turns, digest.counted, digest.efficacy) == (0, 0, (None, None))
    assert digest.strong_of(Skill.ASSERT) == 0


def test_strong_counts_only_strong() -> None:
    story = story_of(Script().turn("a", "1111111").turn("b", "2222222").stamped)
    assert strong_in(story.takes, Skill.NEGOTIATE) == 1
