"""`sessions debrief` and `listen`, run as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.test_commands import run
from tests.scenes import SITUATION
from tests.sessions.stories import whole_talk
from voice_agent.sessions.store import SessionStore, default_path


@pytest.fixture
def talk(home: Path) -> str:
    store = SessionStore(default_path())
    store.append(whole_talk())
    store.close()
    return "abcd1234"


def test_the_debrief_hides_the_partners_mind_until_there_is_a_guess(home: Path, talk: str) -> None:
    told = run("sessions", "debrief", home=home)
    assert told.returncode == 0, told.stderr
    assert "Your best turn" in told.stdout
    assert "bad roommate" not in told.stdout
    guessed = run("sessions", "debrief", talk, "--guess-fear", "that I move out", home=home)
    assert "You guessed: that I move out\nAfraid of: being thought of as the bad roommate again" in guessed.stdout
    again = run("sessions", "debrief", home=home)
    assert "You guessed: that I move out" in again.stdout, "a guess is kept"
    assert "bad roommate" not in run("sessions", "debrief", "--no-reveal", home=home).stdout


def test_the_debrief_as_json_is_whole(home: Path, talk: str) -> None:
    told = json.loads(run("sessions", "debrief", "--json", home=home).stdout)
    assert (told["turns"], told["revealed"], told["guesses"]) == (3, None, {})
    shown = json.loads(run("sessions", "debrief", "--json", "--reveal", home=home).stdout)
    assert len(shown["revealed"]["thoughts"]) == 3


def test_a_pipeline_without_a_language_model_is_refused(home: Path, talk: str) -> None:
    told = run("sessions", "debrief", "--pipeline", "offline", home=home)
    assert told.returncode == 2
    assert "has no language model as coach; choose 'local' or 'openai'" in told.stderr


def test_a_server_that_is_not_there_leaves_the_programs_own_narrative(home: Path, talk: str) -> None:
    pipelines = home / "config" / "pipelines"
    pipelines.mkdir(parents=True)
    text = (Path(__file__).parents[2] / "pipelines" / "local.toml").read_text()
    (pipelines / "gone.toml").write_text(text.replace("11434", "9").replace('"local"', '"gone"'))
    told = run("sessions", "debrief", "--pipeline", "gone", home=home)
    assert told.returncode == 0, told.stderr
    assert "The program's own narrative stands." in told.stderr
    assert "You took 3 turns with Sam." in told.stdout


def test_sound_is_kept_only_when_asked_for_and_a_turn_is_heard_again(home: Path, tmp_path: Path) -> None:
    (tmp_path / "dishes.yaml").write_text(SITUATION)
    said, heard = tmp_path / "talk.wav", tmp_path / "turn.wav"
    run("voices", "play", "espeak-us-man", "would you wash your dishes", "--speaker", str(said), home=home)
    wishes = ("practice", str(tmp_path / "dishes.yaml"), "--mic", str(said), "--fast", "--json", "--no-check-in")
    assert run(*wishes, home=home).returncode == 0
    assert not (home / "data" / "audio").exists()
    unheard = run("sessions", "listen", home=home)
    assert unheard.returncode == 2
    assert "was not kept; add --keep-audio" in unheard.stderr

    kept = run(*wishes, "--keep-audio", home=home)
    assert kept.returncode == 0, kept.stderr
    (flac,) = (home / "data" / "audio").iterdir()
    assert flac.suffix == ".flac"
    assert flac.stat().st_mode & 0o077 == 0
    both, rate = soundfile.read(flac)
    assert np.abs(both[:, 0]).max() > 0.1, "the learner is left"
    assert np.abs(both[:, 1]).max() > 0.1, "the partner is right"
    assert run("sessions", "listen", "last", "1", "--speaker", str(heard), home=home).returncode == 0
    turn, turn_rate = soundfile.read(heard)
    events = [json.loads(line) for line in kept.stdout.splitlines()]
    spoken = [one["at_s"] for one in events if one["event"]["kind"] == "PartnerSpoke" and one["event"]["turn"] == 1]
    first = next(one["event"] for one in events if one["event"]["kind"] == "TurnHeard" and one["event"]["text"])
    length_s = (first["audio"][1] - first["audio"][0]) / 16_000
    began_s = first["speech_ended_at_s"] - length_s
    assert len(turn) / turn_rate == pytest.approx(spoken[0] - began_s + 0.6, abs=0.3)
    learner = both[round(began_s * rate) : round(first["speech_ended_at_s"] * rate), 0]
    assert np.sqrt(np.mean(learner**2)) > 0.01, "times of the session are times of the recording"
    nothing = run("sessions", "listen", "last", "99", "--speaker", str(heard), home=home)
    assert nothing.returncode == 2
    assert "there is no turn 99" in nothing.stderr
    assert run("sessions", "delete", "last", "--yes", home=home).returncode == 0
    assert not flac.exists()
    assert not heard.exists(), "a turn that was written goes with its session"


def test_there_is_nothing_to_keep_of_a_typed_talk_in_text(home: Path, tmp_path: Path) -> None:
    told = run("practice", "roommate-dishes", "--mic", "typed", "--speaker", "none", "--keep-audio", home=home)
    assert told.returncode == 2
    assert "--keep-audio has no voice to keep" in told.stderr
    assert not (home / "data" / "audio").exists()


def test_a_replay_shows_the_talk_again(home: Path, talk: str) -> None:
    told = run("sessions", "replay", "--speed", "1000", home=home)
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines.index("You: on monday the plates were in the sink") < lines.index("Sam: Which evenings do you mean?")
    assert "You answered: confidence 30 of 100, fear 7 of 10, anger 5 of 10." in lines
    assert run("sessions", "replay", "--speed", "0", home=home).returncode == 2


def test_a_stepwise_replay_goes_on_at_enter_and_stops_at_q(home: Path, talk: str) -> None:
    some = run("sessions", "replay", "--step", home=home, stdin="\n\n\nq\n")
    assert some.returncode == 0, some.stderr
    assert "Sam: Hey. What's up?" in some.stdout
    assert "on monday" not in some.stdout
    everything = run("sessions", "replay", "--step", home=home, stdin="\n" * 60)
    assert everything.stdout.splitlines()[-1] == "You ended the talk."


def test_progress_is_told_in_lines_and_as_json(home: Path, talk: str) -> None:
    told = run("progress", home=home)
    assert told.returncode == 0, told.stderr
    assert "1 rehearsal, 2 first tries in your own words" in told.stdout
    assert "You could practise next (it is your choice)" in told.stdout
    assert "\u2581" not in told.stdout, "no charts in a pipe"
    as_json = json.loads(run("progress", "--json", home=home).stdout)
    assert as_json["sessions"] == 1
    assert len(as_json["skills"]) == 7
    refused = run("progress", "--screen", home=home)
    assert refused.returncode == 2


def test_progress_without_sessions_says_where_to_begin(home: Path) -> None:
    told = run("progress", home=home)
    assert told.stdout.startswith("No rehearsals with rated turns yet.")
    assert "voice-agent practice" in told.stdout
