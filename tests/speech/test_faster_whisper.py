"""faster-whisper on models that the tests build: its real code, with words that can be foretold."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.cli.test_commands import events, run
from tests.fakes.whisper_model import HINTED, WORDS, random_whisper, talking_clock
from tests.scenes import SITUATION, situation
from voice_agent.audio.protocols import BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.conversation import Transcript
from voice_agent.errors import EngineError
from voice_agent.folders import config_folder, models_folder
from voice_agent.models.sums import SHA256, digests, remember
from voice_agent.pipeline.stages import open_engines
from voice_agent.speech.faster_whisper_recognizer import FasterWhisperRecognizer
from voice_agent.speech.hotwords import MOST_WORDS, hotwords
from voice_agent.speech.whisper_decoder import WhisperOptions
from voice_agent.speech.whisper_files import compute_type_for, devices_for, threads_for
from voice_agent.testing.recognizer import hear, speech
from voice_agent.worker import WorkCounter

pytestmark = pytest.mark.xdist_group("recognition")
LINE = speech()
BLOCKS = LINE[: len(LINE) // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES)
VOICED = BLOCKS[np.abs(BLOCKS.astype(np.int32)).mean(axis=1) > 600].reshape(-1)
"""Some three seconds without a pause."""


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talking_clock(tmp_path_factory.mktemp("clock"))


def opened(model: Path, **options: Any) -> FasterWhisperRecognizer:
    chosen = {"hotwords": False, **options}
    return FasterWhisperRecognizer(WhisperOptions(model=str(model), **chosen), situation())


def said_for(seconds: float) -> Int16Array:
    """Speech without pauses, in a still room."""
    count = round(seconds * MIC_RATE_HZ)
    return np.concatenate([np.resize(VOICED, count), LINE[: MIC_RATE_HZ // 2]])


def spoken(heard: Transcript) -> list[str]:
    return heard.text.split()


def test_final_words_have_true_times_and_confidences(clock: Path) -> None:
    _, heard = hear(opened(clock), LINE)
    assert spoken(heard) == list(WORDS[: len(heard.words)])
    assert 7 <= len(heard.words) <= 9
    first = heard.words[0].start_s
    assert 0.1 < first < 0.5
    for place, word in enumerate(heard.words):
        assert word.start_s == pytest.approx(first + place * 0.5, abs=0.1)
        assert word.end_s == pytest.approx(first + (place + 1) * 0.5, abs=0.1)
        assert word.confidence == pytest.approx(1.0, abs=0.05)
    assert heard.confidence == pytest.approx(1.0, abs=0.05)


def test_words_so_far_come_while_the_learner_speaks_and_never_change(clock: Path) -> None:
    partials, heard = hear(opened(clock), LINE)
    assert len(partials) >= 3
    for earlier, later in zip(partials, [*partials[1:], heard.text], strict=True):
        assert later.startswith(earlier)
    assert len(partials[0].split()) <= 2


class Timed:
    """A clock by which every decode takes the same time; counts them."""

    def __init__(self, takes_s: float) -> None:
        self._takes_s = takes_s
        self._now_s = 0.0
        self.calls = 0

    def __call__(self) -> float:
        self.calls += 1
        if self.calls % 2 == 0:  # the end of a decode
            self._now_s += self._takes_s
        return self._now_s


def decodes(clock: Path, *, takes_s: float, **options: Any) -> int:
    """How often four seconds of speech are decoded before their end."""
    timed = Timed(takes_s)
    chosen = WhisperOptions(model=str(clock), **options)
    recognizer = FasterWhisperRecognizer(chosen, None, now_s=timed)
    recognizer.begin()
    before = timed.calls
    for start in range(0, len(LINE), BLOCK_SAMPLES):
        recognizer.feed(LINE[start : start + BLOCK_SAMPLES])
    return (timed.calls - before) // 2


def test_a_decode_that_takes_longer_than_the_sound_that_came_is_left_out(clock: Path) -> None:
    fast, slower, slowest = (decodes(clock, takes_s=takes_s) for takes_s in (0.05, 0.75, 3.0))
    assert 6 <= fast <= 9
    assert 1 <= slower <= 3
    assert slowest == 0
    assert decodes(clock, takes_s=0.75, partial_load=1.0) > slower
    assert decodes(clock, takes_s=0.05, partials=False) == 0


def test_the_model_is_told_the_situations_names(clock: Path) -> None:
    assert spoken(hear(opened(clock, hotwords=True), LINE)[1])[2] == HINTED
    assert spoken(hear(opened(clock, hotwords=False), LINE)[1])[2] == WORDS[2]


def test_hotwords_are_names_and_topics_each_once() -> None:
    words = hotwords(situation()).split(", ")
    assert words[0] == "Sam"
    assert {"dishes", "sink", "shift"} <= set(words)
    assert "the" not in words
    assert len(words) == len(set(words)) <= MOST_WORDS
    assert hotwords(None) == ""


def test_a_phrase_of_film_titles_is_not_heard_nor_shown(tmp_path: Path) -> None:
    partials, heard = hear(opened(talking_clock(tmp_path, ("Thanks", "for", "watching!"))), LINE[: 3 * MIC_RATE_HZ])
    assert heard == Transcript("")
    assert not [partial for partial in partials if "watching" in partial]


def test_what_the_model_does_not_believe_itself_is_not_heard(tmp_path: Path) -> None:
    import ctranslate2

    ctranslate2.set_random_seed(1)  # its second try draws; some draws repeat themselves and are dropped for that
    model = random_whisper(tmp_path)
    assert hear(opened(model), LINE)[1] == Transcript("")
    assert hear(opened(model, least_confidence=0.0), LINE)[1].words != ()


def test_a_knock_is_not_decoded(tmp_path: Path) -> None:
    knock = np.zeros(MIC_RATE_HZ, np.int16)
    knock[4_000:4_400] = np.random.default_rng(0).integers(-20_000, 20_000, 400)
    assert hear(opened(random_whisper(tmp_path), least_confidence=0.0), knock)[1] == Transcript("")


def test_a_long_turn_is_cut_after_agreed_words_and_none_is_lost(clock: Path) -> None:
    partials, heard = hear(opened(clock), said_for(26.0))
    assert all(later.startswith(earlier) for earlier, later in pairwise(partials))
    words = spoken(heard)
    cut = words.index(WORDS[0], 1)  # the model counts anew from the cut on
    assert words == [*WORDS[:cut], *WORDS[: len(words) - cut]]
    assert cut >= 30
    times = [word.start_s for word in heard.words]
    assert times == sorted(times)
    gaps = np.diff(times)
    assert gaps.max() <= 1.0
    assert times[-1] > 24.5


def test_a_long_turn_without_words_so_far_is_heard_window_by_window(clock: Path) -> None:
    heard = hear(opened(clock, partials=False), said_for(40.0))[1]
    assert len(heard.words) >= 75
    assert heard.words[-1].end_s > 38


def test_a_cancel_ends_a_decode_at_its_next_window(clock: Path) -> None:
    windows: list[int] = []
    recognizer = opened(clock, partials=False)
    encode = recognizer._decoder._model.encode  # the engine's own call, once for each window

    def counted(features: Any) -> Any:
        windows.append(1)
        if len(windows) == 2:
            thread = threading.Thread(target=recognizer.cancel)
            thread.start()
            thread.join()
        return encode(features)

    recognizer._decoder._model.encode = counted
    assert hear(recognizer, said_for(95.0))[1] == Transcript("")
    assert len(windows) == 2
    assert spoken(hear(recognizer, LINE)[1])


def test_a_model_is_found_by_its_size(clock: Path) -> None:
    folder = models_folder() / "whisper" / "base.en"
    folder.parent.mkdir(parents=True)
    folder.symlink_to(clock)
    recognizer = FasterWhisperRecognizer(WhisperOptions(), None)
    assert recognizer.name.startswith("faster-whisper base.en on ")
    assert spoken(hear(recognizer, LINE)[1])


@pytest.mark.parametrize(
    ("options", "cause", "cure"),
    [
        ({}, 'the model "base.en" is not installed', 'run "voice-agent setup local"'),
        ({"model": "bass.en"}, 'no model is called "bass.en"', 'did you mean "base.en"?'),
        ({"model": "./nowhere"}, "there is no folder nowhere", "name the folder of a CTranslate2 model, or a size"),
    ],
)
def test_a_model_that_is_not_there_is_told_with_a_cure(options: dict[str, Any], cause: str, cure: str) -> None:
    with pytest.raises(EngineError) as told:
        FasterWhisperRecognizer(WhisperOptions(**options), None)
    assert (told.value.cause, told.value.cure) == (cause, cure)


def test_a_model_without_a_tokenizer_is_not_completed_from_the_net(clock: Path, tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "vocabulary.json"):
        (tmp_path / name).symlink_to(clock / name)
    with pytest.raises(EngineError, match=r"lacks tokenizer\.json"):
        opened(tmp_path)


@pytest.mark.parametrize("broken", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_broken_model_is_told_with_a_cure(clock: Path, tmp_path: Path, broken: str) -> None:
    for path in clock.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[: 100 if path.name == broken else None])
    with pytest.raises(EngineError, match="can't be loaded") as told:
        opened(tmp_path)
    assert "setup local" in told.value.cure
    assert "\n" not in str(told.value)


def test_a_fetched_model_that_has_changed_since_is_not_loaded(home: Path) -> None:
    folder = models_folder() / "whisper" / "mine"
    folder.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        (folder / name).write_text(name)
    remember({"whisper/mine/model.bin": digests(folder / "model.bin", [SHA256])[SHA256]})
    (folder / "model.bin").write_text("model.bon")
    with pytest.raises(EngineError, match=r"whisper/mine/model\.bin has changed since it was fetched") as told:
        FasterWhisperRecognizer(WhisperOptions(model="mine"), None)
    assert told.value.cure == 'run "voice-agent setup mine"'


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ({"language": "de"}, 'knows only the language "en", not "de"'),
        ({"compute_type": "int9"}, "cpu has no compute type int9"),
        ({"device": "cuda"}, "no CUDA device is there"),
    ],
)
def test_what_the_model_or_machine_lacks_is_told(clock: Path, options: dict[str, str], cause: str) -> None:
    if "device" in options:
        import ctranslate2

        if ctranslate2.get_cuda_device_count():
            pytest.skip("there is a CUDA device")
    with pytest.raises(EngineError, match=cause) as told:
        opened(clock, **options)
    assert told.value.cure


def test_a_multilingual_model_hears_the_language_or_is_told_it(tmp_path: Path) -> None:
    model = talking_clock(tmp_path, languages=("de", "en"))
    for language in ("", "auto", "de"):
        assert spoken(hear(opened(model, language=language), LINE)[1])
    with pytest.raises(EngineError, match='no language is called "klingon"'):
        opened(model, language="klingon")


def test_parts_of_the_machine_are_chosen_by_what_is_there() -> None:
    assert devices_for("auto", lambda: 0) == ("cpu",)
    assert devices_for("auto", lambda: 2) == ("cuda", "cpu")
    assert devices_for("cuda", lambda: 1) == ("cuda",)
    assert devices_for("cpu", lambda: 1) == ("cpu",)
    assert compute_type_for("cuda", "auto", {"float32", "int8", "float16"}) == "float16"
    assert compute_type_for("cuda", "auto", {"float32", "int8"}) == "int8"
    assert compute_type_for("cpu", "auto", {"float32", "int8", "int16"}) == "int8"
    assert compute_type_for("cpu", "auto", {"float32"}) == "float32"
    assert compute_type_for("cpu", "float32", {"float32", "int8"}) == "float32"
    assert [threads_for(0, cores) for cores in (1, 2, 4, 64)] == [1, 1, 3, 8]
    assert threads_for(3, 2) == 3
    assert threads_for(0) >= 1


@pytest.fixture
def pipeline(home: Path) -> Callable[[str], None]:
    """A pipeline of the user's, written with some model."""

    def write(model: str) -> None:
        folder = config_folder() / "pipelines"
        folder.mkdir(parents=True)
        shipped = Path(__file__).parents[2] / "pipelines" / "offline.toml"
        text = shipped.read_text().replace('id = "offline"', 'id = "mine"')
        options = f'engine = "faster-whisper"\nmodel = "{model}"\nhotwords = false'
        (folder / "mine.toml").write_text(text.replace('engine = "pocketsphinx"', options))

    return write


def test_a_rehearsal_is_heard_by_the_engine_that_its_pipeline_names(
    pipeline: Callable[[str], None], clock: Path, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "dishes.yaml").write_text(SITUATION)
    talk = np.concatenate([LINE, np.zeros(2 * MIC_RATE_HZ, np.int16)])
    soundfile.write(tmp_path / "talk.wav", talk, MIC_RATE_HZ)
    pipeline(str(clock))
    ran = run(
        "practice", str(tmp_path / "dishes.yaml"), "--pipeline", "mine", "--mic", str(tmp_path / "talk.wav"),
        "--speaker", "none", "--json", "--fast", "--no-check-in", home=home,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    seen = events(ran.stdout)
    assert not [event for event in seen if event["kind"] == "Fault"]
    (heard,) = [event for event in seen if event["kind"] == "TurnHeard" and event["text"]]
    assert heard["text"].split() == list(WORDS[: len(heard["words"])])
    assert len(heard["words"]) >= 7


def test_without_its_model_the_embedded_recognizer_takes_over_and_says_why(pipeline: Callable[[str], None]) -> None:
    pipeline("small.en")
    engines = open_engines(load_pipeline("mine"), situation(), counter=WorkCounter(), speaks=False)
    asyncio.run(engines.close())
    (fault,) = engines.faults
    assert engines.names["recognizer"] == "pocketsphinx"
    assert fault.happened == 'faster-whisper: the model "small.en" is not installed'
    assert fault.done == "pocketsphinx takes over"
    assert "voice-agent setup local" in fault.cure
