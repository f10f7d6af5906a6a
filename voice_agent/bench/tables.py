"""The figures of tracks as tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from voice_agent.bench.report import Spread, TrackReport, TurnReport

_SAID_CHARS = 36
_STAGES = {
    "committed_s": "end of speech to committed end of turn",
    "words_s": "committed end to final words",
    "rated_s": "final words to rating",
    "reply_text_s": "rating to the first text of the reply",
    "first_sample_s": "committed end to first sample of the reply",
}


def turn_table(report: TrackReport) -> list[str]:
    """One row a turn."""
    rows = [_turn(turn) for turn in report.turns]
    return _table(("turn", "said", "gap", "cut in at", "withdrawn", "calls", "wasted", "to silence"), rows)


def summary_table(reports: Sequence[TrackReport]) -> list[str]:
    """One row a track."""
    head = ("track", "turns", "median gap", "p95", "worst", "unanswered", "cut-ins", "calls a turn", "wasted a turn")
    rows = [
        (
            report.track.removesuffix(".wav"),
            str(len(report.turns)),
            *_spread(report.gap),
            str(report.unanswered),
            str(report.cut_ins),
            f"{report.calls_per_turn:.2f}",
            f"{report.wasted_per_turn:.2f}",
        )
        for report in reports
    ]
    return _table(head, rows)


def barge_in_table(reports: Iterable[TrackReport]) -> list[str]:
    """From an interruption to silence; nothing where nobody interrupted."""
    rows = []
    for report in reports:
        for name, told in (
            ("start of speech to silence", report.to_silence),
            ("confirmed to silence", report.confirmed_to_silence),
        ):
            if told is not None:
                rows.append((report.track.removesuffix(".wav"), name, *_spread(told), str(told.n)))
    return _table(("track", "interruption", "median", "p95", "worst", "n"), rows) if rows else []


def stage_table(report: TrackReport) -> list[str]:
    """Where the time of a turn goes, by the program's own clock."""
    rows = [(name, *_spread(report.stages[key])) for key, name in _STAGES.items() if key in report.stages]
    return _table(("stage", "median", "p95", "worst"), rows) if rows else []


def cost_line(report: TrackReport) -> str:
    """CPU, memory, the loop, and the server, as one sentence."""
    if report.is_virtual:
        told = "On a virtual clock: what the machine itself takes is not in it"
    else:
        told = (
            f"CPU {report.cpu:.0%} of one core; resident memory at most {report.memory_mb:.0f} MB; "
            f"event loop never late by more than {1000 * report.loop_late_s:.0f} ms"
        )
    if (server := report.server) is not None:
        told += (
            f"; the server was asked {server.requests} times, {server.cancelled} calls were cancelled there, "
            f"{server.words_sent} of {server.words_of_replies} words were sent"
        )
    return told + "."


def _turn(turn: TurnReport) -> tuple[str, ...]:
    said = turn.said or turn.heard
    if len(said) > _SAID_CHARS:
        said = said[: _SAID_CHARS - 1].rsplit(" ", 1)[0] + "…"
    gap = f"{turn.gap_s:.3f} s" if turn.gap_s is not None else "cut in" if turn.cut_ins else "no answer"
    silence = "" if turn.to_silence_s is None else f"{turn.to_silence_s:.3f} s"
    if turn.barge_in and not silence:
        silence = "nobody spoke"
    return (
        f"{turn.number}{' barge-in' if turn.barge_in else ''}",
        said.replace("|", "/"),
        gap,
        ", ".join(f"{at_s - turn.start:.2f} s" for at_s in turn.cut_ins),
        str(turn.withdrawn or ""),
        str(turn.calls),
        str(turn.wasted or ""),
        silence,
    )


def _spread(told: Spread | None) -> tuple[str, str, str]:
    if told is None:
        return ("", "", "")
    return (f"{told.median:.3f} s", f"{told.p95:.3f} s", f"{told.worst:.3f} s")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
