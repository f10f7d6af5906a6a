"""The own situation told by voice: every question is asked aloud, every answer is told back.

Free answers are dictated; choices, and the words that steer, are heard by grammar.
"""

from __future__ import annotations

from voice_agent.errors import UserError
from voice_agent.rehearsal.interview import Interview, Question
from voice_agent.rehearsal.voice_dialog import VoiceDialog
from voice_agent.speech.spoken_command import Asked
from voice_agent.spoken_numbers import with_digits

_NAMES = frozenset({"name"})
"""Answers that begin with a capital."""
_INTRODUCTION = (
    "You are asked a few things, one at a time, and hear what was understood. "
    "At any question you can say: coach, skip; coach, go back; coach, again; coach, that's all; or coach, leave."
)
_LEAVES = "Leave, and forget what you told? Say: yes, or no."


async def tell_by_voice(dialog: VoiceDialog, interview: Interview) -> bool:
    """Fill the interview; False when the learner leaves. Raises EngineError when the microphone is lost."""
    await dialog.say(_INTRODUCTION)
    while (asked := interview.question) is not None:
        answer = await dialog.ask(_spoken(interview, asked), Asked.CHOICE if _is_choice(asked) else Asked.TOLD)
        match answer:
            case "coach leave" | "leave":
                if not interview.answers or await dialog.ask(_LEAVES, Asked.CHOICE) == "yes":
                    return False
            case "coach go back":
                interview.back()
            case "coach again" | "again":
                pass
            case "coach skip" | "coach that's all" | "skip":
                await _answer(dialog, interview, "")
            case _:
                await _answer(dialog, interview, _written(asked, answer))
    return True


async def _answer(dialog: VoiceDialog, interview: Interview, words: str) -> None:
    """Take the answer and tell it back, or tell why it can't be taken."""
    try:
        interview.answer(words)
    except UserError as error:
        await dialog.say(f"{error}.")
        return
    await dialog.say(f"{words}." if words else "All right.")


def _is_choice(asked: Question) -> bool:
    return bool(asked.choices) or asked.key == "difficulty"


def _spoken(interview: Interview, asked: Question) -> str:
    """The question for the ear."""
    if asked.many and interview.answers.get(asked.key):
        return "Anything else? Or say: coach, that's all."
    choices = " ".join(f"{number}: {words}." for number, words in enumerate(asked.choices, start=1))
    may_skip = " You can skip this: coach, skip." if asked.default is not None else ""
    return f"{asked.text} {choices}{may_skip}".strip()


def _written(asked: Question, answer: str) -> str:
    """As it would be typed."""
    if _is_choice(asked):
        return with_digits(answer.removeprefix("number ").strip())
    return answer.title() if asked.key in _NAMES else answer


def summary(interview: Interview) -> str:
    """What was told, for the ear, before it is kept."""
    one = {key: "; ".join(values) for key, values in interview.answers.items()}
    return (
        f"You talk with {one['name']}, {one['relationship']}, about {one['topic']}. What happened: {one['facts']}. "
        f"You want: {one['goal']}. They begin: {one['opening']}"
    )
