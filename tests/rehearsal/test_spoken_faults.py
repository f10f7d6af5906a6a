"""Faults as the coach tells them aloud."""

from __future__ import annotations

import pytest

from voice_agent.events import Fault
from voice_agent.rehearsal.spoken_faults import SpokenFaults

STAND_IN = "The authored partner answers in the same role."


def fault(happened: str, done: str = STAND_IN, cure: str = "") -> Fault:
    return Fault(component="partner", category="failed", happened=happened, done=done, cure=cure)


@pytest.mark.parametrize(
    ("happened", "cure", "heard"),
    [
        ("127.0.0.1 failed (500)", "check the server",
         f"The server on this machine failed. {STAND_IN} Check the server."),
        ("localhost can't be reached", "start the server at http://127.0.0.1:8809/v1",
         f"The server on this machine can't be reached. {STAND_IN} Start the server."),
        ("192.168.1.7 broke off its answer", "", f"The server broke off its answer. {STAND_IN}"),
        ("api.openai.com refused the key", "set the environment variable OPENAI_API_KEY",
         f"Api.openai.com refused the key. {STAND_IN} Set the environment variable OPENAI_API_KEY."),
    ],
)  # fmt: skip
def test_no_address_and_no_number_is_read_out(happened: str, cure: str, heard: str) -> None:
    assert SpokenFaults().sentences(fault(happened, cure=cure)) == heard


def test_what_happens_again_is_told_by_what_is_done() -> None:
    faults = SpokenFaults()
    faults.sentences(fault("127.0.0.1 failed (500)", cure="check the server"))
    assert faults.sentences(fault("127.0.0.1 failed (500)", "The local advice stands.")) == "The local advice stands."
    assert faults.sentences(fault("127.0.0.1 failed (500)", "")) == "The server on this machine failed."
    assert faults.sentences(fault("127.0.0.1 did not answer in time")).startswith("The server on this machine did")
