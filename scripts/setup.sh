#!/bin/sh
# Makes .venv and installs the program into it. Usage: scripts/setup.sh [dev]
# Runs again only when something it depends on has changed.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}
python=${PYTHON:-}
stamp=".venv/.set-up-$kind"
sum=$(cat pyproject.toml scripts/setup.sh | cksum)

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ]; then
    exit 0
fi

say() { printf '%s\n' "$*" >&2; }

if [ -z "$python" ]; then
    for candidate in python3.13 python3.12 python3.11 python3; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
fi
if [ -z "$python" ]; then
    say "voice_agent needs Python 3.11 or newer (Debian, Ubuntu: apt install python3 python3-venv)."
    exit 2
fi

# System packages: PortAudio for the sound card, flite for better voices; the tests also want a sound server.
packages=""
on_linux() { [ "$(uname -s)" = Linux ]; }
has_library() { "$python" -c "import ctypes, sys; ctypes.CDLL('$1')" 2>/dev/null; }
if on_linux; then
    has_library libportaudio.so.2 || packages="$packages libportaudio2"
    has_library libflite_cmu_us_slt.so.1 || packages="$packages flite"
    if [ "$kind" = dev ]; then
        command -v pulseaudio >/dev/null 2>&1 || packages="$packages pulseaudio"
        command -v tmux >/dev/null 2>&1 || packages="$packages tmux"
        command -v pactl >/dev/null 2>&1 || packages="$packages pulseaudio-utils"
        # The plugin lets PortAudio, which speaks ALSA, reach the sound server.
        ls /usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so >/dev/null 2>&1 || packages="$packages libasound2-plugins"
    fi
fi
"$python" -c 'import ensurepip' 2>/dev/null || packages="$packages python3-venv"
if [ -n "$packages" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "Installing system packages:$packages"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } >&2 ||
            say "They could not be installed; going on without them."
    elif command -v apt-get >/dev/null 2>&1; then
        say "For sound and better voices, run once: sudo apt install$packages"
        say "Going on without them."
    else
        say "For sound and better voices, install PortAudio and flite with your package manager (README, Installing)."
    fi
fi

[ -x .venv/bin/python ] || { say "Making the environment in .venv"; "$python" -m venv .venv; }
say "Installing the program (about 190 MB, once)"
if [ "$kind" = dev ]; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
else
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -e .
fi
printf '%s' "$sum" >"$stamp"
[ "$kind" = run ] || printf '%s' "$sum" >.venv/.set-up-run
