"""Smart Turn v3, an optional ear for the end of a turn, where the package that brings it is installed.

Its network (8 MB, BSD-2-Clause, Daily) hears the last eight seconds and says how likely the speaker is done. It comes
with the `pipecat-ai` package; only the model file is read, none of that package's code runs.
"""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.errors import EngineError

HEARD_S = 8
"""What the network hears: the turn's last seconds, silence before them where it was shorter."""
_MEL_BANDS = 80
_LEAST_S = 0.3
_MOST_SURE = 1e-4
_FOLDER = ("audio", "turn", "smart_turn", "data")


class SmartTurn:
    """Blocking, about 60 ms a pause on one core; thread-safe."""

    def __init__(self) -> None:
        """Loading takes about a second. Raises EngineError where the package, or the model in it, is missing."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = _model()
        try:
            from faster_whisper.feature_extractor import FeatureExtractor

            self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            self._features = FeatureExtractor(
                feature_size=_MEL_BANDS, sampling_rate=MIC_RATE_HZ, hop_length=160, chunk_length=HEARD_S, n_fft=400
            )
        except Exception as error:
            raise EngineError("end of turn", f"Smart Turn can't be loaded: {error}", cure=_CURE) from error
        self.name = path.stem

    def log_odds(self, samples: Int16Array) -> float | None:
        """Log odds that the turn is over, None when there is too little sound.

        samples: the turn up to its pause, 16 kHz mono.
        """
        if len(samples) < _LEAST_S * MIC_RATE_HZ:
            return None
        [[likely]] = self._session.run(None, {"input_features": self.features(samples)[None]})[0]
        likely = min(1 - _MOST_SURE, max(_MOST_SURE, float(likely)))
        return math.log(likely / (1 - likely))

    def features(self, samples: Int16Array) -> np.ndarray[Any, np.dtype[np.float32]]:
        """(80, 800) log mel energies of the last eight seconds, scaled to mean 0 and variance 1 (Whisper's)."""
        heard = np.zeros(HEARD_S * MIC_RATE_HZ, np.float32)
        last = samples[-len(heard) :].astype(np.float32) / 32768.0
        heard[len(heard) - len(last) :] = last
        heard = (heard - heard.mean()) / np.sqrt(heard.var() + 1e-7)
        found: np.ndarray[Any, np.dtype[np.float32]] = self._features(heard, padding=0).astype(np.float32)
        return found[:, : HEARD_S * 100]


_CURE = 'pip install --no-deps pipecat-ai, or leave out `ear = "smart-turn"` under [turns]'


def _model() -> Path:
    """The package's newest model for processors."""
    package = find_spec("pipecat")
    folders = (
        [] if package is None else [Path(one).joinpath(*_FOLDER) for one in package.submodule_search_locations or ()]
    )
    models = sorted(path for folder in folders for path in folder.glob("smart-turn-v3*-cpu.onnx"))
    if not models:
        raise EngineError("end of turn", "Smart Turn is not installed", cure=_CURE)
    return models[-1]
