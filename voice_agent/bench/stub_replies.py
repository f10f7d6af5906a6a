"""What a stand-in for a language model answers: replies of one to three sentences, none of them twice."""

from __future__ import annotations

_BEGINNINGS = (
    "I hear you", "Look", "Well", "I know", "To be fair", "Honestly", "I get that", "Maybe", "Come on",
)  # fmt: skip
_MIDDLES = (
    "I had a long week at work", "that is not how I see it", "you never told me so before",
    "I was going to do it later", "it is only a few plates", "I did not mean to upset you",
    "we all have our habits", "I thought you did not mind", "I was late again last night",
    "it slipped my mind somehow", "we talked about this once",
)  # fmt: skip
_ENDS = (
    "and now you are angry", "so let me think about it", "and I am tired too", "but I will see",
    "and it is not only me", "so what do you want", "and that is all", "but you could ask",
    "so give me a moment", "and I can hear it", "but not every day", "so there it is", "and I am listening",
)  # fmt: skip
_SHORT = ("All right.", "I'm tired.", "What now?", "Fair enough.", "You know me.")
"""Up to three words: the partner's guard lets such lines pass more than once."""


def reply(number: int) -> str:
    """The reply to call `number`, from 0; its long sentence comes again after 1,287 calls.

    A third are one sentence, a third begin with a short one, a third end with two short ones.
    """
    long = f"{_pick(_BEGINNINGS, number)}, {_pick(_MIDDLES, number)}, {_pick(_ENDS, number)}."
    short, other = _pick(_SHORT, number), _pick(_SHORT, number + 2)
    return (long, f"{short} {long}", f"{long} {short} {other}")[number % 3]


def _pick(choices: tuple[str, ...], number: int) -> str:
    return choices[number % len(choices)]
