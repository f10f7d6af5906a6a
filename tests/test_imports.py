"""Importing costs nothing and does nothing: shown in fresh interpreters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HEAVY = (
    "filelock",
    "httpx2",
    "sounddevice",
    "soundfile",
    "pocketsphinx",
    "espeakng_loader",
    "webrtcvad",
    "soxr",
    "snowballstemmer",
    "piper",
    "onnxruntime",
    "openai",
)


def in_fresh_python(code: str) -> str:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_help_imports_no_engine_and_no_database() -> None:
    code = """
import sys
sys.argv = ["voice-agent", "--help"]
from voice_agent.cli.main import run
try:
    run()
except SystemExit:
    pass
import json
print("LOADED", json.dumps(sorted(sys.modules)))
"""
    loaded = set(json.loads(in_fresh_python(code).split("LOADED")[1]))
    assert not loaded.intersection({*HEAVY, "sqlalchemy", "numpy", "yaml"})


def test_importing_every_module_loads_no_engine_makes_no_file_and_starts_no_thread(tmp_path: Path) -> None:
    (folder := tmp_path / "empty").mkdir()
    code = f"""
import os, sys, threading, pkgutil, importlib
os.environ["VOICE_AGENT_HOME"] = {str(folder / "home")!r}
os.chdir({str(folder)!r})
import voice_agent
for module in pkgutil.walk_packages(voice_agent.__path__, "voice_agent."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
heavy = [name for name in {HEAVY!r} if name in sys.modules]
print(heavy, threading.active_count(), os.listdir("."))
"""
    assert in_fresh_python(code).strip() == "[] 1 []"
