"""The doctor's estimates and its advice."""

from __future__ import annotations

from voice_agent.doctor.gaps import Estimate, advised
from voice_agent.pipeline.proof import ReplyGap


def one(name: str, total_s: float | None, *, others: int = 0, host: str = "") -> Estimate:
    gap = None if total_s is None else ReplyGap(total_s, 0.0, 0.0, 0.0)
    return Estimate(name, gap, host=host, other_stages=others)


def chosen(*estimates: Estimate) -> str | None:
    best = advised(estimates)
    return best.pipeline if best else None


def test_larger_models_are_advised_while_they_answer_in_time() -> None:
    assert chosen(one("offline", 0.05), one("local", 1.2, others=3)) == "local"
    assert chosen(one("offline", 0.05), one("local", 2.5, others=3)) == "offline"
    assert chosen(one("local", 1.2, others=3), one("study", 0.6, others=3)) == "study"


def test_what_leaves_the_machine_or_does_not_work_is_never_advised() -> None:
    assert chosen(one("offline", 0.05), one("openai", 0.4, others=3, host="api.openai.com")) == "offline"
    assert chosen(one("offline", 0.05), one("local", None, others=3)) == "offline"
    assert chosen(one("local", None)) is None
    half = Estimate("local", ReplyGap(0.2, 0, 0, 0), "failed: advisor", other_stages=3)
    assert chosen(one("offline", 0.05), half) == "offline"


def test_the_quickest_is_advised_where_all_are_slow() -> None:
    assert chosen(one("offline", 2.0), one("local", 9.0, others=3)) == "offline"
