"""Finds names in what was written down.

Three signs tell them: a capital that no sentence's beginning explains, the company of other capitals, and whether the
dictionary knows the word without a capital.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from voice_agent.review.plain_words import ADDRESS, FEAST_ENDS, NAMED_MONTHS, TITLES, is_word, never_a_name

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_BEGINS = re.compile(r"""[.?!:;…—–\n]|(?:^|\s)["“”'‘(\[]+$|^["“”]+\s*$""")
"""Between two words, this lets the second begin a sentence or a quotation."""
_SHOUTED = 0.8
"""A text with more capitals than this, such as a heading, tells nothing by them."""
_FEWEST = 5
"""Words that a text must have before its capitals are counted."""
_SHORTEST = 3
"""Letters of a name that stands at a sentence's beginning alone: shorter ones are mostly sounds (Mm, Ah)."""


@dataclass(slots=True)
class Names:
    """What was found. None of it is certain."""

    sure: set[str] = field(default_factory=set)
    """Words that mean nothing else: `Priya`."""
    worded: set[str] = field(default_factory=set)
    """Names that are words too, and names of several words: `Will`, `Long Beach`. Only with these capitals."""
    perhaps: set[str] = field(default_factory=set)
    """Words without a capital that the dictionary doesn't know: a recognizer writes names so."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    begins: bool
    """It has a capital anyway, or might have."""
    follows: bool
    """Nothing but a space, or the point of `Dr.`, parts it from the word before."""

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper() and len(self.text) > 1 and not self.bare.isupper()

    @property
    def bare(self) -> str:
        return re.sub(r"['’]s$", "", self.text)


def names_in(written: Iterable[str], typed: Iterable[str] = (), heard: Iterable[str] = ()) -> Names:
    """written: texts with care for capitals. typed: some. heard: what a recognizer wrote, with none."""
    careful, hasty = [list(_tokens(text)) for text in written], [list(_tokens(text)) for text in typed]
    # Whoever writes a word with care and without a capital does not take it for a name.
    plain = {token.text for tokens in careful for token in tokens if token.text.islower()}
    names = Names()
    for tokens in careful + hasty:
        capitals = sum(token.is_capital for token in tokens)
        if len(tokens) >= _FEWEST and capitals > _SHOUTED * len(tokens):
            continue
        for run in _runs(tokens):
            _look_at(run, plain, names)
    for tokens in [*hasty, *(list(_tokens(text)) for text in heard)]:
        names.perhaps |= {token.bare for token in tokens if token.text.islower() and _is_strange(token.bare)}
    names.perhaps -= {name.lower() for name in names.sure} | plain
    return names


def _is_strange(word: str) -> bool:
    return len(word) >= _SHORTEST and not is_word(word) and not never_a_name(word)


def _tokens(text: str) -> Iterator[_Token]:
    end, before = 0, ""
    for found in _WORD.finditer(text):
        gap = text[end : found.start()]
        is_title = gap.strip() == "." and before.lower() in TITLES
        begins = not end or (bool(_BEGINS.search(gap)) and not is_title)
        yield _Token(found.group(), begins, follows=bool(end) and (not gap.strip() or is_title))
        end, before = found.end(), found.group()


def _runs(tokens: list[_Token]) -> Iterator[list[_Token]]:
    """Words with a capital, side by side."""
    run: list[_Token] = []
    for token in tokens:
        if token.is_capital and run and token.follows:
            run.append(token)
            continue
        if run:
            yield run
        run = [token] if token.is_capital else []
    if run:
        yield run


def _look_at(run: list[_Token], plain: set[str], names: Names) -> None:
    if run[0].begins and len(run) > 1 and not _is_strange(run[0].bare) and run[0].text.lower() not in ADDRESS:
        run = run[1:]  # the sentence gave the capital: "Ask Priya"
    is_feast = len(run) > 1 and run[-1].bare.lower() in FEAST_ENDS and not any(_is_strange(one.bare) for one in run)
    run = _without_plain_ends(run)
    if not run or is_feast:
        return
    if len(run) == 1:
        word = run[0].bare
        if _is_strange(word):
            # At a sentence's beginning only if nobody writes it without a capital.
            if not run[0].begins or word.lower() not in plain:
                names.sure.add(word)
        elif not run[0].begins:
            names.worded.add(word)
        return
    names.sure |= {token.bare for token in run if not (is_word(token.bare) or never_a_name(token.bare))}
    names.worded.add(" ".join([*(token.text for token in run[:-1]), run[-1].bare]))


def _without_plain_ends(run: list[_Token]) -> list[_Token]:
    """Less the days, numbers and the like around a name: "February Gareth". A form of address stays before one."""
    if len(run) > 1 and run[0].text.lower() in ADDRESS and run[1].bare.lower() in NAMED_MONTHS:
        return run
    while run and never_a_name(run[-1].bare):
        run = run[:-1]
    while run and never_a_name(run[0].bare) and not (run[0].text.lower() in ADDRESS and len(run) > 1):
        run = run[1:]
    return run
