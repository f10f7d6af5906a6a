"""The doctor on disk, folders, settings and terminal."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from voice_agent.doctor import machine
from voice_agent.doctor.findings import Finding, Verdict, is_healthy, timed
from voice_agent.errors import UserError
from voice_agent.folders import private


class Screen(io.TextIOWrapper):
    """Standard output of a terminal."""

    def __init__(self, encoding: str = "utf-8", *, is_terminal: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def fileno(self) -> int:
        return 1


XTERM = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


@pytest.mark.parametrize(
    ("size", "encoding", "environment", "verdict", "told"),
    [
        ((120, 40), "utf-8", XTERM, Verdict.OK, "120 x 40, all colours, utf-8"),
        ((80, 24), "utf-8", {"TERM": "screen-256color"}, Verdict.OK, "80 x 24, 256 colours, utf-8"),
        ((120, 40), "utf-8", {**XTERM, "NO_COLOR": "1"}, Verdict.OK, "no colours wanted"),
        ((60, 24), "utf-8", XTERM, Verdict.WARNING, "make it at least 80 x 24, or use --plain"),
        ((120, 40), "latin-1", XTERM, Verdict.WARNING, "set LANG=C.UTF-8"),
        (
            (120, 40),
            "utf-8",
            {"TERM": "dumb"},
            Verdict.WARNING,
            "use --plain: TERM names a terminal without a cursor",
        ),
    ],
)
def test_a_terminal_is_judged_by_size_colours_and_encoding(
    size: tuple[int, int], encoding: str, environment: dict[str, str], verdict: Verdict, told: str
) -> None:
    found = machine.terminal(Screen(encoding), environment, lambda _: os.terminal_size(size))
    assert found.verdict is verdict
    assert told in f"{found.told}; {found.cure}"


def test_without_a_terminal_nothing_is_wrong() -> None:
    assert machine.terminal(Screen(is_terminal=False)).verdict is Verdict.NOT_HERE


@pytest.mark.parametrize(
    ("free", "verdict", "is_needed"),
    [(50e9, Verdict.OK, False), (500e6, Verdict.WARNING, False), (1e6, Verdict.FAILED, True)],
)
def test_little_room_is_a_warning_and_none_a_failure(free: float, verdict: Verdict, is_needed: bool) -> None:
    found = machine.disk(lambda _: int(free))
    assert (found.verdict, found.is_needed) == (verdict, is_needed)
    assert bool(found.cure) is (verdict is not Verdict.OK)


def test_files_that_others_can_read_are_found(home: Path) -> None:
    assert machine.folders().verdict is Verdict.OK, "nothing is there yet"
    sessions = private(home / "data") / "sessions.db"
    sessions.touch(0o600)
    assert machine.folders().verdict is Verdict.OK
    (home / "data" / "link").symlink_to("/etc/hosts")
    assert machine.folders().verdict is Verdict.OK, "a link is as private as what it leads to"
    sessions.chmod(0o644)
    found = machine.folders()
    assert found.verdict is Verdict.WARNING
    assert "others can read 1 of your files or folders" in found.told
    assert f"chmod -R go-rwx {home / 'data'}" in found.cure
    assert not found.is_needed


def test_a_file_in_a_folders_place_is_a_failure(home: Path) -> None:
    private(home)
    (home / "data").touch()
    found = machine.folders()
    assert found.verdict is Verdict.FAILED
    assert "VOICE_AGENT_HOME" in found.cure
    assert not is_healthy([found])


def test_a_variable_that_means_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.settings("offline").verdict is Verdict.OK
    monkeypatch.setenv("VOICE_AGENT_RECOGNIZER_WEIGHT", "0.5")
    assert "changed by VOICE_AGENT_RECOGNIZER_WEIGHT" in machine.settings("offline").told
    monkeypatch.setenv("VOICE_AGENT_PARTNRE_ENGINE", "openai")
    found = machine.settings("offline")
    assert found.verdict is Verdict.WARNING
    assert found.cure == 'did you mean "VOICE_AGENT_PARTNER_ENGINE"?'


def test_what_breaks_is_a_finding_and_hides_no_other() -> None:
    def mendable() -> Finding:
        raise UserError("is gone", cure="look for it")

    def bug() -> Finding:
        raise ZeroDivisionError("oops")

    for look, told in ((mendable, "is gone"), (bug, "ZeroDivisionError: oops")):
        found = timed("thing", look)
        assert (found.verdict, found.told, found.is_needed) == (Verdict.FAILED, told, True)
        assert found.cure


def test_only_a_failure_of_something_needed_is_unhealthy() -> None:
    findings = [
        Finding("a", Verdict.OK, ""),
        Finding("b", Verdict.WARNING, "", is_needed=True),
        Finding("c", Verdict.NOT_HERE, "", is_needed=True),
        Finding("d", Verdict.FAILED, ""),
    ]
    assert is_healthy(findings)
    assert not is_healthy([*findings, Finding("e", Verdict.FAILED, "", is_needed=True)])
