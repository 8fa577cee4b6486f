"""The one door to Keras: `from tidycnn.core.engine import keras` loads it quietly, or says what to install."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator

from tidycnn.core.errors import DependencyError
from tidycnn.core.loading import mark_home, undisturbed
from tidycnn.core.progress import remark, spell_seconds

_NOISE = ("All log messages before absl::InitializeLog()", "oneDNN custom operations are on")


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Hold back what TensorFlow writes while it loads, and let out what is no known noise.

    It writes by file descriptor, before any of its settings is read, so that only the descriptor can be held.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2") not in ("2", "3"):
        yield
        return
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is no such descriptor, as in a program without a console
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            for line in held.read().decode(errors="replace").splitlines():
                if not any(noise in line for noise in _NOISE):
                    sys.stderr.write(line + "\n")


def _load() -> None:
    with _quietly():
        importlib.import_module("keras")


_begun_at = time.monotonic()
_told: list[bool] = []


def _tell() -> None:
    _told.append(True)
    remark("Starting TensorFlow, which takes some seconds.")


try:
    undisturbed(_load, telling=_tell)
    import keras

    if _told:
        remark(f"TensorFlow started in {spell_seconds(time.monotonic() - _begun_at)}.")

    mark_home()
except ImportError as error:
    raise DependencyError(
        f"Keras with TensorFlow is needed for this, but it does not load in {sys.executable}: {error}.",
        hint="Install it with `pip install tidycnn[cpu]` (from R: `install_tidycnn()`). `tidycnn_sitrep()` tells more.",
    ) from error

__all__ = ["keras"]
