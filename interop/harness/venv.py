"""A virtual environment under interop/work for peers the distribution does not package."""

import fcntl
import os
import pathlib
import subprocess
import sys

from harness.servers import ROOT

PLACE = ROOT / "interop" / "work" / "venv"
WANTED = ROOT / "interop" / "requirements.txt"


def enter(module):
    """Runs this script again inside the environment if `module` is not importable here.

    Gives None when the module can be imported, else why it cannot.
    """
    if _imports(module):
        return None
    python = PLACE / "bin" / "python"
    if pathlib.Path(sys.prefix) == PLACE:
        return f"{module} is not in the environment"
    why = _build(python, module)
    if why:
        return why
    os.execv(python, [str(python), "-B", *sys.argv])


def _imports(module):
    try:
        __import__(module)
        return True
    except ImportError:
        return False


def _build(python, module):
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    with open(PLACE.parent / "venv.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if not python.exists():
                _quietly("/usr/bin/python3", "-m", "venv", str(PLACE))
            if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode:
                _quietly(str(python), "-m", "pip", "install", "-q", "-r", str(WANTED))
        except (OSError, subprocess.SubprocessError) as error:
            return f"{module} cannot be installed: {error}"
    return None


def _quietly(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180)
