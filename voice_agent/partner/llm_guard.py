"""Lets through what a person would say, sentence by sentence, and nothing else that a model may write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voice_agent.partner.labels import Labels
from voice_agent.partner.pledges import Pledges
from voice_agent.partner.recital import Recital, plain
from voice_agent.partner.refusals import gives_way, narrates, out_of_role
from voice_agent.text import clean

MOST_SENTENCES = 3
MOST_WORDS = 60
SHORTEST_CLAUSE_WORDS = 3
"""Fewer ("Okay,", "I'm sorry,") would be an answer by themselves when the rest is refused."""

_ASIDES = re.compile(r"\*[^*]*\*|\([^)]*\)|\[[^\]]*\]|<[^>]*>")
_MARKUP = re.compile(r"[*_#`>~]+")
_LIST = re.compile(r"(?:^|(?<=\n))\s*(?:[-\u2022]|\d{1,2}[.)])\s+")
_CLAUSE = re.compile(r"[,;:\u2013\u2014](?=\s)")
_SENTENCE = re.compile(r"[^.!?\u2026]+[.!?\u2026]+[\"'\u201d\u2019)]*|[^.!?\u2026]+$")
_ALIKE = 0.8
"""Share of the longer line's words that two lines have in common when they say the same."""


class Guard:
    """Feed it text as it comes; it gives back whole sentences that may be spoken."""

    def __init__(
        self,
        name: str,
        already_said: frozenset[str],
        *,
        may_give_way: bool = True,
        told: Recital | None = None,
        labels: Labels | None = None,
        pledges: Pledges | None = None,
    ) -> None:
        """name: the partner's. may_give_way: the stance has softened. told: what the model must not recite.

        labels: who may be named as speaking. pledges: what counts as one; None: nothing but the usual words.
        """
        self._names = tuple(dict.fromkeys((name, name.split(maxsplit=1)[0])))
        self._told = told or Recital("")
        self._labels = labels or Labels(name)
        self._pledges = pledges
        self._may_give_way = may_give_way
        self._said = [plain(sentence[0]) for line in already_said for sentence in _SENTENCE.finditer(line)]
        self._rest = ""
        self._sentences = 0
        self._words = 0
        self.is_done = False
        """Enough was said, or the model began to speak for the other person: nothing more will come."""
        self.refused: list[str] = []
        """Why sentences were left out."""

    def feed(self, text: str) -> Iterator[str]:
        """Sentences that are whole by now."""
        self._rest += text
        if (other := self._labels.other_speaks(self._rest, is_first=not self._words)) is not None:
            self._rest = self._rest[:other]
            yield from self.finish()
            self.is_done = True
            return
        whole = _whole(self._rest)
        if whole and not _LIST.fullmatch(whole):
            # The end of a line stays: what follows it may be a label.
            self._rest = self._rest[len(whole) - whole.endswith("\n") :]
            yield from self._let_through(whole)
        elif clause := self._first_clause():
            yield clause

    def _first_clause(self) -> str:
        """The beginning of the very first sentence, so that it can sound while the rest is written; empty if there
        is none, or if anything about it is doubtful.
        """
        if self._words:
            return ""
        clauses = (
            (m.end(), _tidy(self._labels.without(self._rest[: m.end()], is_first=True)))
            for m in _CLAUSE.finditer(self._rest)
        )
        end, clause = next((one for one in clauses if len(one[1].split()) >= SHORTEST_CLAUSE_WORDS), (0, ""))
        raw = self._rest[:end]
        begins_old_line = any(line.startswith(plain(clause)) for line in self._said)
        is_odd = re.search(r"[*_#`>~()\[\]<\n\"\u201c]", raw) or _LIST.match(raw) or not clause
        is_doubtful = begins_old_line or self._told.may_begin(clause) or clause.startswith(self._names)
        if is_odd or is_doubtful or self._refusal(clause) is not None:
            return ""
        self._rest = self._rest[end:]
        self._words += len(clause.split())
        return clause + " "

    def finish(self) -> Iterator[str]:
        """What is left at the end of the answer."""
        rest, self._rest = self._rest, ""
        yield from self._let_through(rest)

    def _let_through(self, text: str) -> Iterator[str]:
        text = self._labels.without(text, is_first=not self._words)
        bare = _LIST.sub(" ", _MARKUP.sub("", _ASIDES.sub(" ", text)))
        for match in _SENTENCE.finditer(bare):
            sentence = _tidy(self._labels.without(match[0], is_first=False))
            if not re.search(r"\w", sentence) or self.is_done:
                continue
            if (why := self._refusal(sentence)) is not None:
                self.refused.append(why)
                continue
            self._sentences += 1
            self._words += len(sentence.split())
            self._said.append(plain(sentence))
            yield sentence + " "
            self.is_done = self._sentences >= MOST_SENTENCES or self._words >= MOST_WORDS

    def _refusal(self, sentence: str) -> str | None:
        if (why := out_of_role(sentence)) is not None:
            return why
        if any(narrates(sentence, name) for name in self._names):
            return "narration"
        if self._told.recites(sentence):
            return "recites what you were told"
        if not self._may_give_way and (gives_way(sentence) or self._pledges_in(sentence)):
            return "gave way without a reason"
        if any(_say_the_same(plain(sentence), before) for before in self._said):
            return "said before"
        return None

    def _pledges_in(self, sentence: str) -> bool:
        return self._pledges is not None and self._pledges.made_in(sentence)


def _say_the_same(one: str, other: str) -> bool:
    """Of two plain sentences; what is as short as "No." or "I know that." may come again."""
    words, others = one.split(), other.split()
    if min(len(words), len(others)) <= 3:
        return False
    shared = len(set(words) & set(others))
    return one == other or (
        min(len(words), len(others)) >= 6 and shared >= _ALIKE * max(len(set(words)), len(set(others)))
    )


def _whole(text: str) -> str:
    """Up to the last end of a sentence that is followed by space, outside asides."""
    bare_end = 0
    for match in re.finditer(r"[.!?\u2026]+[\"'\u201d\u2019)]*\s", text):
        before = text[: match.end()]
        if (
            before.count("*") % 2 == 0
            and before.count("(") <= before.count(")")
            and before.count("[") <= before.count("]")
        ):
            bare_end = match.end()
    return text[:bare_end]


def _tidy(sentence: str) -> str:
    """One line, without quotation marks around it or gaps where an aside stood."""
    return re.sub(r" (?=[.,!?])", "", clean(sentence)).strip('"\u201c\u201d ')
