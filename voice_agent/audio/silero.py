"""Whether there is a voice in sound, by the Silero network that the faster-whisper package carries.

Better than webrtcvad at coughs, knocks and music, and slower (0.1 ms of one core for each 32 ms). It says whether
sound is worth a recognizer's time; turns are taken by the pipeline's own detector. Source: Silero Team, silero-vad
version 6, MIT.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.errors import EngineError

WINDOW_SAMPLES = 512
WINDOW_S = WINDOW_SAMPLES / MIC_RATE_HZ
_CONTEXT_SAMPLES = 64
"""Of the window before, which the network wants to see again."""
_STATE = (1, 1, 128)
Floats = npt.NDArray[np.float32]


class SileroDetector:
    """One stream of sound. See `VoiceLikelihood`. Blocking; one thread at a time."""

    window_s = WINDOW_S

    def __init__(self) -> None:
        """Loading takes 60 ms. Raises EngineError when the network is missing or broken."""
        import onnxruntime  # 0.1 s

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(_network()), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise EngineError(
                "recognizer", "its voice detector can't be loaded", cure="reinstall faster-whisper"
            ) from error
        self.reset()

    def reset(self) -> None:
        """A new stretch of sound."""
        self._hidden, self._cell = np.zeros(_STATE, np.float32), np.zeros(_STATE, np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)
        self._rest = np.zeros(0, np.float32)

    def feed(self, samples: Int16Array) -> Floats:
        """Probability of a voice for each window of 32 ms that has become whole, shape (windows,); 16 kHz mono."""
        sound = np.concatenate([self._rest, samples.astype(np.float32) / 32768])
        count = len(sound) // WINDOW_SAMPLES
        self._rest = sound[count * WINDOW_SAMPLES :]
        if not count:
            return np.zeros(0, np.float32)
        windows = sound[: count * WINDOW_SAMPLES].reshape(count, WINDOW_SAMPLES)
        contexts = np.vstack([self._context, windows[:-1, -_CONTEXT_SAMPLES:]])
        self._context = windows[-1, -_CONTEXT_SAMPLES:]
        chances, self._hidden, self._cell = self._session.run(
            None, {"input": np.hstack([contexts, windows]), "h": self._hidden, "c": self._cell}
        )
        return np.asarray(chances, np.float32).reshape(-1)


def _network() -> Path:
    """Found without importing the package, which would load its whole engine (0.4 s)."""
    spec = find_spec("faster_whisper")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted((Path(folder) / "assets").glob("silero_vad*.onnx")):
            return path
    raise FileNotFoundError("silero_vad.onnx")
