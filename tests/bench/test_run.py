"""A track through the real lanes: in virtual time, and once in real time as a user runs it."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from tests.cli.test_commands import run
from voice_agent.audio.file_microphone import read_sound
from voice_agent.audio.protocols import MIC_RATE_HZ
from voice_agent.bench.choosing import BENCH_PIPELINE, bench_plan, tracks_at, wants_stub, with_track
from voice_agent.bench.report import TrackReport
from voice_agent.bench.run import TrackRun, bench_settings, neutral, run_track
from voice_agent.bench.stub_server import UNUSED_URL, StubCall
from voice_agent.bench.tracks import Tape, paused
from voice_agent.bench.utterances import Utterance, spoken
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.catalog.voices import load_voice
from voice_agent.errors import UserError
from voice_agent.registry import engine

LINES = ["I washed your dishes on monday and on tuesday.", "Please wait, that is not what I said."]


@pytest.fixture(scope="module")
def said() -> list[Utterance]:
    chosen = load_voice("espeak-us-man")
    spec = engine("synthesizer", chosen.engine)
    return list(spoken(spec.open(spec.options(), chosen), LINES))


def written(path: Path, *turns: tuple[Utterance, bool], room_s: float = 6.0) -> Path:
    tape = Tape()
    tape.silence(0.5)
    for utterance, barge_in in turns:
        tape.turn([utterance], barge_in=barge_in)
        tape.silence(room_s)
    tape.write(path)
    return path.with_name(f"{path.name}.wav")


def measured(
    path: Path, *, partner: str = "repertory", calls: list[StubCall] | None = None, ahead: int = 0
) -> TrackReport:
    """On a virtual clock. ahead: replies that may be prepared for a turn."""
    (track,) = tracks_at(path, None)
    plan = bench_plan(None)
    if partner != "stub":
        plan = msgspec.structs.replace(plan, partner={"engine": partner})
    one = TrackRun(
        track=track.sound,
        seconds=track.seconds,
        truth=track.turns,
        plan=with_track(plan, track, base_url=UNUSED_URL if partner == "stub" else ""),
        scenario=neutral(load_scenario("roommate-dishes")),
        settings=bench_settings(plan, replies_ahead=ahead),
        is_virtual=True,
        stub_calls=calls,
    )
    return asyncio.run(run_track(one))


def test_plain_turns_are_heard_word_for_word_answered_and_timed(said: list[Utterance], tmp_path: Path) -> None:
    report = measured(written(tmp_path / "plain", (said[0], False), (said[1], False), room_s=6.5))
    assert [turn.heard for turn in report.turns] == [turn.said for turn in report.turns]
    assert report.ended == "microphone_ended"
    assert (report.cut_ins, report.unanswered, report.wasted_per_turn, report.faults) == (0, 0, 0.0, ())
    for turn in report.turns:
        assert turn.gap_s is not None
        # The gap is the program's own wait, a block or two more (the truth's end lies between blocks).
        assert turn.gap_s == pytest.approx(turn.stages["committed_s"] + turn.stages["first_sample_s"], abs=0.15)
        assert turn.calls == 1


def test_on_a_virtual_clock_set_costs_take_their_time_and_every_run_is_alike(
    said: list[Utterance], tmp_path: Path
) -> None:
    path = written(tmp_path / "plain", (said[0], False), room_s=3.0)
    calls: list[StubCall] = []
    first, again = (measured(path, partner="stub", calls=calls) for _ in range(2))
    assert first.turns == again.turns
    (turn,) = first.turns
    clause = calls[0].reply.partition(",")[0].split()
    # The server's first token, the rest of the first clause and the word that shows its end, then the voice's first chunk.
    wanted = 0.15 + len(clause) / 40 + 0.06
    assert turn.stages["first_sample_s"] == pytest.approx(wanted, abs=0.05)
    assert (first.server is not None, len(calls), calls[0].was_cancelled) == (True, 1, False)


def test_a_reply_prepared_ahead_is_ready_at_the_commit(said: list[Utterance], tmp_path: Path) -> None:
    path = written(tmp_path / "plain", (said[0], False), room_s=3.0)
    waited, ahead = (measured(path, partner="stub", calls=[], ahead=ahead).turns[0] for ahead in (0, 3))
    assert ahead.stages["was_ahead"]
    assert ahead.stages["first_sample_s"] < waited.stages["first_sample_s"] - 0.1
    assert ahead.cut_ins == ()
    assert ahead.calls == 1


def test_a_reply_that_is_withdrawn_unheard_is_a_wasted_call_and_no_cut_in(
    said: list[Utterance], tmp_path: Path
) -> None:
    endless = paused(said[0], 3.0)
    (cut,) = (measured(written(tmp_path / "endless", (endless, False)), partner="stub")).turns
    before, after = max(pairwise(endless.words), key=lambda pair: pair[1].start - pair[0].end)
    assert after.start - before.end > 2.5
    # The learner goes on 0.2 s before the reply would have sounded: it has been asked for by then.
    heard_after_s = cut.cut_ins[0] - (cut.start - endless.start_s + before.end)
    path = written(tmp_path / "paused", (paused(said[0], heard_after_s - 0.2), False), room_s=3.0)
    calls: list[StubCall] = []
    report = measured(path, partner="stub", calls=calls)
    (turn,) = report.turns
    assert (turn.cut_ins, turn.wasted, turn.withdrawn, turn.calls) == ((), 1, 1, 2)
    assert [call.was_cancelled for call in calls] == [True, False]
    assert report.server is not None
    assert report.server.cancelled == 1


def test_a_barge_in_is_timed_to_silence(said: list[Utterance], tmp_path: Path) -> None:
    path = written(tmp_path / "barge-in", (said[0], False), (said[1], True), room_s=1.8)
    first, second = (measured(path)).turns
    assert first.to_silence_s is None
    assert second.to_silence_s is not None
    assert second.confirmed_to_silence_s is not None
    assert 0.0 < second.to_silence_s < 1.0
    assert second.confirmed_to_silence_s <= 0.06
    assert second.cut_ins == ()


def test_a_pause_longer_than_anybodys_patience_is_a_cut_in(said: list[Utterance], tmp_path: Path) -> None:
    path = written(tmp_path / "long", (paused(said[0], 3.0), False))
    (turn,) = (measured(path)).turns
    assert len(turn.cut_ins) == 1
    assert turn.start < turn.cut_ins[0] < turn.end


@pytest.mark.loopback
def test_a_user_measures_a_track_in_real_time_against_the_stub(
    home: Path, said: list[Utterance], tmp_path: Path
) -> None:
    path = written(tmp_path / "short", (said[0], False), room_s=1.0)
    # The bench's own pipeline with a voice that is soon done.
    quick = BENCH_PIPELINE.read_text().replace("words_per_s = 3.0", "words_per_s = 20.0")
    (tmp_path / "quick.toml").write_text(quick.replace('id = "bench"', 'id = "quick"'))
    out = tmp_path / "measured.json"
    ran = run("bench", "turns", str(path), "--pipeline", str(tmp_path / "quick.toml"), "--json", str(out), home=home)
    assert ran.returncode == 0, ran.stderr
    assert "| turn | said | gap |" in ran.stdout
    (report,) = msgspec.json.decode(out.read_bytes(), type=list[TrackReport])
    (turn,) = report.turns
    assert turn.said == turn.heard
    assert turn.gap_s is not None
    assert turn.gap_s > 0.15 + 0.06, "the server's and the voice's cost are in it"
    assert report.server is not None
    assert (report.server.requests, turn.calls, turn.wasted) == (1, 1, 0)
    assert report.server.words_sent == report.server.words_of_replies
    assert report.engines["recognizer"] == report.engines["synthesizer"] == "fixed-cost"
    assert report.memory_mb > 50


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("{track}", "{bad}"), "bad.json: turn 1 ends at 99.00 s, the track at"),
        (("{track}", "--pipeline", "offline", "--server", "stub"), "pipeline offline asks no chat server"),
    ],
)
def test_what_the_user_can_mend_is_one_line(
    home: Path, said: list[Utterance], tmp_path: Path, arguments: tuple[str, ...], wanted: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps([{"start": 1.0, "end": 99.0}]))
    track = str(written(tmp_path / "short", (said[0], False)))
    ran = run("bench", "turns", *(one.format(track=track, bad=bad) for one in arguments), home=home)
    assert ran.returncode == 2, ran.stderr
    assert wanted in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_tracks_that_are_not_there_are_told_with_their_place(said: list[Utterance], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.wav: there is no such file"):
        tracks_at(tmp_path / "nowhere.wav", None)
    with pytest.raises(UserError, match=r"holds no NAME\.wav with NAME\.json beside it"):
        tracks_at(tmp_path, None)
    track = written(tmp_path / "short", (said[0], False))
    with pytest.raises(UserError, match=r"missing\.json: No such file"):
        tracks_at(track, tmp_path / "missing.json")
    with pytest.raises(UserError, match="is no sound file"):
        tracks_at(track.with_suffix(".json"), None)


def test_tracks_are_made_of_a_voice_or_of_recordings_by_one_command(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "tracks"
    told = ("bench", "tracks", "--voice", "espeak-us-man", "--most", "2", "--pauses", "0.5", "-o", str(out))
    ran = run(*told, home=home)
    assert ran.returncode == 0, ran.stderr
    assert sorted(path.name for path in out.iterdir()) == [
        f"{name}.{kind}" for name in ("barge-in", "pause-0.5", "plain") for kind in ("json", "wav")
    ]
    assert len(tracks_at(out, None)) == 3
    assert len(read_sound(out / "plain.wav")) > 10 * MIC_RATE_HZ
    assert run("bench", "tracks", "-o", str(out), home=home).returncode == 2
    assert run("bench", "tracks", str(tmp_path), "--pauses", "much", "-o", str(out), home=home).returncode == 2


def test_the_stub_answers_where_a_pipeline_names_no_server() -> None:
    own = bench_plan(None)
    assert wants_stub(own, base_url="", server="")
    assert not wants_stub(own, base_url="http://localhost:1/v1", server="")
    assert not wants_stub(bench_plan("local"), base_url="", server=""), "its own server is asked"
    assert wants_stub(bench_plan("local"), base_url="", server="stub")
    with pytest.raises(UserError, match="two servers"):
        wants_stub(own, base_url="http://localhost:1/v1", server="stub")
    with pytest.raises(UserError, match="asks no chat server"):
        wants_stub(bench_plan("offline"), base_url="", server="stub")
