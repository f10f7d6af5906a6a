"""One command out, one command back in; and what a check, the retention setting and the file modes say."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.sessions.stories import NOON, Script, days_apart, whole_talk
from voice_agent.errors import UserError
from voice_agent.events import TurnHeard, to_json
from voice_agent.folders import data_folder
from voice_agent.sessions.backup import audio_folder, back_up, open_or_set_aside, restore, restore_lines
from voice_agent.sessions.check import check
from voice_agent.sessions.permissions import loose, tighten
from voice_agent.sessions.retention import delete_overdue, keep_days, overdue, set_keep_days
from voice_agent.sessions.store import SessionStore, default_path


def full(store: SessionStore) -> SessionStore:
    """Two sessions; the first with a recording, shared takes and a guess."""
    store.append(whole_talk("one"))
    store.append(whole_talk("two"))
    sound = audio_folder() / "one-0.flac"
    sound.touch(mode=0o600)
    sound.write_bytes(b"sound of both voices")
    store.keepsakes.add_recording("one", sound, first_seq=0)
    store.keepsakes.share("one", [2, 3])
    store.keepsakes.keep_guess("one", "fear", "that I leave")
    set_keep_days(store, 400)
    return store


def test_a_backup_brings_everything_back(any_store: SessionStore, tmp_path: Path) -> None:
    full(any_store)
    target = tmp_path / "all.backup"
    assert back_up(any_store, target) == 2
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    (audio_folder() / "one-0.flac").unlink()

    fresh = SessionStore(tmp_path / "fresh.db")
    done = restore(fresh, target)
    assert (sorted(done.added), done.recordings) == (["one", "two"], 1)
    assert fresh.events("one") == any_store.events("one")
    assert fresh.summaries() == any_store.summaries()
    assert fresh.keepsakes.shared("one") == {2, 3}
    assert fresh.keepsakes.guesses("one") == {"fear": "that I leave"}
    assert keep_days(fresh) == 400
    (recording,) = fresh.keepsakes.recordings("one")
    assert recording.path.read_bytes() == b"sound of both voices"
    assert loose(data_folder()) == []
    fresh.close()


def test_a_backup_goes_back_into_a_server(place: Path | str, any_store: SessionStore, tmp_path: Path) -> None:
    source = full(SessionStore(tmp_path / "source.db"))
    back_up(source, tmp_path / "all.backup")
    assert sorted(restore(any_store, tmp_path / "all.backup").added) == ["one", "two"]
    assert any_store.events("two") == source.events("two")
    source.close()


def test_restoring_twice_adds_nothing_and_overwrites_nothing(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "a.db")
    store.append(whole_talk("one")[:10])
    back_up(store, tmp_path / "early.backup")
    store.append(whole_talk("one")[10:])
    whole = store.events("one")
    done = restore(store, tmp_path / "early.backup")
    assert (done.added, done.there, store.events("one")) == ([], 1, whole)
    store.close()


def test_events_that_the_store_lost_come_back(tmp_path: Path) -> None:
    whole = SessionStore(tmp_path / "whole.db")
    whole.append(whole_talk("one"))
    back_up(whole, tmp_path / "all.backup")
    lost = SessionStore(tmp_path / "lost.db")
    lost.append(whole_talk("one")[:10])
    assert restore(lost, tmp_path / "all.backup").continued == ["one"]
    assert lost.events("one") == whole.events("one")
    assert lost.summaries() == whole.summaries()


def test_a_session_that_went_on_differently_is_left_alone(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "a.db")
    store.append(whole_talk("one"))
    back_up(store, tmp_path / "all.backup")
    other = SessionStore(tmp_path / "b.db")
    mine = Script("one").opening().turn("something else").stamped
    other.append(mine)
    assert restore(other, tmp_path / "all.backup").differ == ["one"]
    assert other.events("one") == mine


def test_a_backup_can_be_made_while_a_talk_is_written(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "a.db")
    store.append(whole_talk("one")[:10])
    other = SessionStore(tmp_path / "a.db")
    other.append(whole_talk("one")[10:12])
    back_up(store, tmp_path / "all.backup")
    other.append(whole_talk("one")[12:])
    fresh = SessionStore(tmp_path / "b.db")
    restore(fresh, tmp_path / "all.backup")
    assert len(fresh.events("one")) == 12


def test_a_backup_from_elsewhere_reaches_no_file_but_its_own(tmp_path: Path) -> None:
    mine = tmp_path / "mine.wav"
    mine.write_bytes(b"sound")
    foreign = SessionStore(tmp_path / "foreign.db")
    foreign.append(whole_talk("one"))
    foreign.keepsakes.add_recording("one", mine.with_name("gone.wav"), first_seq=0)
    back_up(foreign, tmp_path / "x.backup")
    store = SessionStore(tmp_path / "a.db")
    restore(store, tmp_path / "x.backup")
    mine.rename(mine.with_name("gone.wav"))
    assert store.delete("one").files == []
    assert mine.with_name("gone.wav").exists()
    foreign.append(whole_talk("../evil"))
    back_up(foreign, tmp_path / "y.backup")
    with pytest.raises(UserError, match=r"y\.backup: is no whole backup"):
        restore(store, tmp_path / "y.backup")


@pytest.mark.parametrize("kind", ["text", "zip", "damaged", "cut", "path"])
def test_what_is_no_backup_is_named_and_changes_nothing(tmp_path: Path, kind: str) -> None:
    store = SessionStore(tmp_path / "a.db")
    store.append(whole_talk("one"))
    path = tmp_path / "x.backup"
    if kind == "text":
        path.write_text("no archive")
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("other.txt", "words")
    elif kind == "damaged":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("backup.json", "{}")
            archive.writestr("sessions.db", os.urandom(9000))
    elif kind == "cut":
        back_up(store, path)
        path.write_bytes(path.read_bytes()[:-4000])
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("backup.json", "{}")
            archive.writestr("../../evil.db", b"x")
    with pytest.raises(UserError, match=r"x\.backup: is no whole backup"):
        restore(store, path)
    assert store.events("one") == whole_talk("one")
    assert not list(tmp_path.rglob("evil.db"))
    assert not list(data_folder().glob(".restore-*"))


def test_a_damaged_store_is_set_aside_and_restored(tmp_path: Path) -> None:
    store = full(SessionStore(default_path()))
    back_up(store, tmp_path / "all.backup")
    store.close()
    default_path().write_bytes(b"no database any more " * 500)
    fresh, aside = open_or_set_aside(lambda: SessionStore(default_path()), NOON)
    assert aside is not None
    assert aside.read_bytes().startswith(b"no database any more")
    assert len(restore(fresh, tmp_path / "all.backup").added) == 2


def test_a_backup_that_cannot_be_written_is_named(any_store: SessionStore, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="choose a folder that exists"):
        back_up(any_store, tmp_path / "nowhere" / "all.backup")


def test_a_check_finds_gaps_lost_recordings_and_open_files(opened: Callable[[], SessionStore]) -> None:
    store = full(opened())
    assert check(store).is_well
    (audio_folder() / "one-0.flac").unlink()
    (data_folder() / "notes.txt").write_text("x")
    (data_folder() / "notes.txt").chmod(0o644)
    store.append([one for one in whole_talk("three") if one.seq != 5])
    found = check(store)
    assert found.unreadable == ["session three has gaps"]
    assert "one-0.flac of session one is gone" in found.missing[0]
    assert [one.path.name for one in found.loose] == ["notes.txt"]
    assert tighten(found.loose) == []
    assert loose(data_folder()) == []


def test_a_check_of_a_damaged_file_says_so(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "a.db")
    for talk in days_apart(30):
        store.append(talk)
    store.close()
    content = bytearray((tmp_path / "a.db").read_bytes())
    content[200_000:204_096] = os.urandom(4096)
    (tmp_path / "a.db").write_bytes(content)
    assert check(SessionStore(tmp_path / "a.db")).damage


def test_sessions_are_kept_until_a_number_of_days_is_set(any_store: SessionStore) -> None:
    for talk in days_apart(5, days=10):
        any_store.append(talk)
    now = NOON + timedelta(days=1)
    assert delete_overdue(any_store, now) == []
    set_keep_days(any_store, 25)
    assert [one.id for one in overdue(any_store, now)] == ["talk0000", "talk0001"]
    assert [one.id for one in delete_overdue(any_store, now)] == ["talk0000", "talk0001"]
    assert len(any_store.summaries()) == 3
    with pytest.raises(UserError, match="choose 1 to"):
        set_keep_days(any_store, 0)


def test_a_clock_that_leapt_deletes_nothing_unasked(any_store: SessionStore) -> None:
    any_store.append(whole_talk("one"))
    set_keep_days(any_store, 30)
    assert delete_overdue(any_store, NOON + timedelta(days=4000)) == []
    assert delete_overdue(any_store, NOON - timedelta(days=4000)) == []
    assert len(any_store.summaries()) == 1


def test_deleting_takes_reports_that_were_not_changed_and_tells_of_the_others(
    any_store: SessionStore, tmp_path: Path
) -> None:
    full(any_store)
    for name in ("same.md", "changed.md", "gone.md"):
        (tmp_path / name).write_bytes(b"report")
        any_store.keepsakes.note_export("one", tmp_path / name, b"report")
    (tmp_path / "changed.md").write_bytes(b"report, with my own notes")
    (tmp_path / "gone.md").unlink()
    deleted = any_store.delete("one")
    assert {path.name for path in deleted.files} == {"one-0.flac", "same.md"}
    assert [(path.name, why) for path, why in deleted.left] == [("changed.md", "was changed since it was written")]
    assert [one.id for one in any_store.summaries()] == ["two"]
    assert any_store.keepsakes.shared("one") == set()
    assert any_store.keepsakes.guesses("one") == {}


def test_a_take_that_was_shared_can_be_taken_back(any_store: SessionStore) -> None:
    any_store.append(whole_talk("one"))
    any_store.keepsakes.share("one", [0, 2, 2, 3])
    any_store.keepsakes.share("one", [3])
    any_store.keepsakes.unshare("one", [3])
    assert any_store.keepsakes.shared("one") == {0, 2}
    any_store.keepsakes.unshare("one")
    assert any_store.keepsakes.shared("one") == set()


def test_counting_turns_leaves_silence_out(any_store: SessionStore) -> None:
    script = Script("one").opening()
    script.add(TurnHeard(turn=1, text=""))
    any_store.append(script.stamped)
    assert any_store.summaries()[0].turns == 0


def test_events_that_a_full_disk_kept_out_go_in_later(any_store: SessionStore, tmp_path: Path) -> None:
    whole = whole_talk("one")
    any_store.append(whole[:10])
    rescued = tmp_path / "one.unsaved.jsonl"
    rescued.write_bytes(b"".join(to_json(one) + b"\n" for one in whole[8:]))
    assert restore_lines(any_store, rescued).continued == ["one"]
    assert any_store.events("one") == whole
    assert restore_lines(any_store, rescued).there == 1


def test_an_export_brings_a_deleted_session_back(any_store: SessionStore, tmp_path: Path) -> None:
    export = tmp_path / "talk.jsonl"
    export.write_bytes(b"".join(to_json(one) + b"\n" for one in whole_talk("one")))
    assert restore_lines(any_store, export).added == ["one"]
    assert any_store.events("one") == whole_talk("one")


def test_lines_that_cannot_go_in_are_named_and_change_nothing(any_store: SessionStore, tmp_path: Path) -> None:
    lines = tmp_path / "x.jsonl"
    lines.write_bytes(b"".join(to_json(one) + b"\n" for one in whole_talk("one")[5:]))
    with pytest.raises(UserError, match=r"x\.jsonl: session one has events missing before number 5"):
        restore_lines(any_store, lines)
    lines.write_bytes(to_json(whole_talk("../one")[0]))
    with pytest.raises(UserError, match=r"x\.jsonl:1: is of a session with an id that no session has"):
        restore_lines(any_store, lines)
    lines.write_bytes(to_json(whole_talk("one")[0]) + b"\nno event\n")
    with pytest.raises(UserError, match=r"x\.jsonl:2: is no event"):
        restore_lines(any_store, lines)
    assert any_store.summaries() == []


def test_deleting_takes_a_recording_that_was_being_packed(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "sessions.db")
    store.append(whole_talk("one"))
    for name in ("one-0.wav", "one-0.flac"):
        (tmp_path / name).write_bytes(b"sound")
    store.keepsakes.add_recording("one", tmp_path / "one-0.wav", first_seq=0)
    assert len(store.delete("one").files) == 2
    assert not list(tmp_path.glob("one-*"))
    store.close()


def test_deleting_takes_rescued_events_too(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "sessions.db")
    store.append(whole_talk("one"))
    rescued = tmp_path / "one.unsaved.jsonl"
    rescued.write_text("a secret")
    assert store.delete("one").files == [rescued]
    assert not rescued.exists()
    store.close()
