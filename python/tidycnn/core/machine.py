"""What this machine is and what is installed on it, and what to do where something is wrong.

By the standard library alone, so that it can be asked when nothing else works; `core/sitrep` makes the frame of it.
TensorFlow is tried in a child process: one that crashes when it loads takes nobody with it.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import tidycnn

OK, NOTE, PROBLEM = "ok", "note", "problem"
_PACKAGES = (
    "keras",
    "numba",
    "numpy",
    "pandas",
    "opencv-python-headless",
    "pillow",
    "simplejpeg",
    "scikit-learn",
    "scipy",
    "matplotlib",
)
# What the processor can, by the names that Linux and macOS have for it.
_FEATURES = {
    "AVX2": ("avx2", "avx2_0"),
    "AVX-512": ("avx512f",),
    "BF16": ("avx512_bf16", "bf16", "feat_bf16"),
    "AMX": ("amx_tile", "amx_bf16"),
}
_TRIAL = """
import json, sys
import tensorflow
gpus = [tensorflow.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
        for gpu in tensorflow.config.list_physical_devices("GPU")]
import keras
json.dump({"tensorflow": tensorflow.__version__, "keras": keras.__version__,
           "backend": keras.backend.backend(), "gpus": gpus,
           "cuda": tensorflow.test.is_built_with_cuda()}, sys.stdout)
"""


class Finding(NamedTuple):
    """One line of the situation report."""

    part: str
    found: str
    status: str = OK
    advice: str = ""


def findings(timeout: float = 120) -> list[Finding]:
    """Look at everything, in the order in which a person would ask."""
    return [
        *_engine(),
        _python(),
        *_packages(),
        *_tensorflow(timeout),
        *_processor(),
        _memory(),
        _cache(),
        *_r(),
    ]


def processor_features() -> list[str]:
    """Name those of AVX2, AVX-512, BF16 and AMX that the processor has."""
    flags = set(_processor_text().lower().replace(".", "_").split())
    return [feature for feature, names in _FEATURES.items() if flags.intersection(names)]


def processor_name() -> str:
    """Name the processor."""
    model = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return model[1] if model else platform.processor() or platform.machine()


def processor_count() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes() -> tuple[int | None, int | None]:
    """Give the memory of the machine (or of its container) and what of it is free, None where it cannot be known."""
    text = _read("/proc/meminfo")
    found = {name: int(kilobytes) * 1024 for name, kilobytes in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}
    total, free = found.get("MemTotal"), found.get("MemAvailable")
    limit, used = (_read(f"/sys/fs/cgroup/memory.{name}").strip() for name in ("max", "current"))
    if total and free and limit.isdigit() and used.isdigit() and int(limit) < total:
        return int(limit), min(free, int(limit) - int(used))
    if total is None and sys.platform == "darwin":
        answer = _answer(["sysctl", "-n", "hw.memsize"]).strip()
        total = int(answer) if answer.isdigit() else None
    return total, free


def try_tensorflow(timeout: float = 120) -> dict[str, Any]:
    """Load TensorFlow and Keras in a child process: their versions, or `error` with what happened."""
    try:
        run = subprocess.run(
            [sys.executable, "-c", _TRIAL],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"it did not load within {timeout:g} seconds"}
    except OSError as error:
        return {"error": f"{sys.executable} does not start: {error}"}
    if run.returncode < 0:
        return {"error": f"it crashed when it was loaded ({signal.Signals(-run.returncode).name})"}
    if run.returncode > 0:
        lines = [line for line in run.stderr.splitlines() if line.strip()]
        return {"error": lines[-1].strip() if lines else f"it ended with status {run.returncode}"}
    trial: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return trial


def engine_copies() -> dict[str, str]:
    """Give the folder and the version of every copy of the engine: the one in use, pip's, and R's."""
    here = Path(tidycnn.__file__).resolve().parent
    found = [here, *_copies_on_the_path()]
    if not inside_r():
        answer = _ask_r('cat(system.file("python", package = "tidycnn"))')
        found += [Path(answer) / "tidycnn"] if answer else []
    versions = {str(folder.resolve()): _version_in(folder) for folder in found}
    return {folder: version for folder, version in versions.items() if version}


def _engine() -> Iterator[Finding]:
    copies = engine_copies()
    here, *others = copies
    yield Finding("tidycnn", f"{tidycnn.__version__} in {here}")
    link = Path(here).parents[1] / "inst" / "python" / "tidycnn"
    if link.is_file():
        yield Finding(
            "checkout",
            f"{link} is a text file in place of a symbolic link",
            PROBLEM,
            "Check out with symbolic links (git config core.symlinks true), or install from `make r-package`.",
        )
    for folder in others:
        same = copies[folder] == tidycnn.__version__
        advice = "" if same else "R and Python would not run the same engine: install both from the same version."
        yield Finding("another tidycnn", f"{copies[folder]} in {folder}", OK if same else PROBLEM, advice)


def _python() -> Finding:
    kind = "virtual environment" if sys.prefix != sys.base_prefix else "not a virtual environment"
    return Finding("Python", f"{platform.python_version()} at {sys.executable} ({kind})")


def _packages() -> Iterator[Finding]:
    for package in _PACKAGES:
        version = _version_of(package)
        if version is None and package == "opencv-python-headless":
            version = _version_of("opencv-python") or _version_of("opencv-contrib-python")
        if version is None:
            yield Finding(package, "missing", PROBLEM, f"Install it: {sys.executable} -m pip install {package}")
        else:
            yield Finding(package, version)


def _tensorflow(timeout: float) -> Iterator[Finding]:
    trial = try_tensorflow(timeout)
    if "error" in trial:
        yield Finding("TensorFlow", trial["error"], PROBLEM, _tensorflow_advice(trial["error"]))
        return
    yield Finding("TensorFlow", f"{trial['tensorflow']} loads, with Keras {trial['keras']}")
    if trial["backend"] != "tensorflow":
        advice = "tidycnn trains on TensorFlow: unset KERAS_BACKEND, or set it to tensorflow."
        yield Finding("Keras backend", trial["backend"], PROBLEM, advice)
    yield _gpu(trial["gpus"], trial["cuda"])


def _gpu(seen: list[str], built_with_cuda: bool) -> Finding:
    present = _answer(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]).strip().splitlines()
    if seen:
        return Finding("GPU", ", ".join(seen))
    if not present:
        return Finding("GPU", "none")
    reason = "CUDA does not load" if built_with_cuda else "this TensorFlow is for processors only"
    advice = f"Install the one for GPUs: {sys.executable} -m pip install 'tensorflow[and-cuda]'"
    return Finding("GPU", f"{', '.join(present)}, which TensorFlow does not see: {reason}", NOTE, advice)


def _tensorflow_advice(error: str) -> str:
    if "No module named 'tensorflow'" in error:
        return f"Install it: {sys.executable} -m pip install tensorflow-cpu (or tensorflow[and-cuda] for a GPU)"
    if "SIGILL" in error:
        return "This processor lacks instructions (AVX) that TensorFlow's builds need: use another machine."
    if "SIGKILL" in error:
        return "The system stopped it, most likely for want of memory."
    return f"See all that it says: {sys.executable} -c 'import tensorflow, keras'"


def _processor() -> Iterator[Finding]:
    yield Finding(
        "processor", f"{processor_name()}, {processor_count()} in use, {platform.system()} {platform.machine()}"
    )
    present = processor_features()
    listing = [f"{feature} {'yes' if feature in present else 'no'}" for feature in _FEATURES]
    known = bool(_processor_text())
    yield Finding("instructions", ", ".join(listing) if known else "cannot be told on this system")


def _memory() -> Finding:
    total, free = memory_bytes()
    if total is None:
        return Finding("memory", "cannot be told on this system")
    found = f"{total / 2**30:.1f} GiB" + (f", {free / 2**30:.1f} GiB free" if free is not None else "")
    if free is not None and free < 2 * 2**30:
        return Finding("memory", found, NOTE, "Training wants 2 GiB: close something, or take smaller batches.")
    return Finding("memory", found)


def _cache() -> Finding:
    try:
        from tidycnn.core.store import cache_folder

        return Finding("cache", str(cache_folder()))
    except (OSError, ImportError) as error:
        advice = "Set TIDYCNN_CACHE to a folder that can be written."
        return Finding("cache", f"no folder: {error}", PROBLEM, advice)


def _r() -> Iterator[Finding]:
    if inside_r():
        return
    question = (
        'ask <- function(name) if (nzchar(system.file(package = name))) format(packageVersion(name)) else "missing";'
        'cat(format(getRversion()), ask("reticulate"), ask("tidycnn"))'
    )
    answer = _ask_r(question).split()
    if len(answer) != 3:
        yield Finding("R", "not on the search path, or does not start (only the R package needs it)")
        return
    yield Finding("R", f"{answer[0]}, reticulate {answer[1]}, tidycnn {answer[2]}")


def _copies_on_the_path() -> Iterator[Path]:
    for entry in sys.path:
        folder = Path(entry or ".") / "tidycnn"
        if (folder / "__init__.py").is_file():
            yield folder
    try:
        address = importlib.metadata.distribution("tidycnn").read_text("direct_url.json") or "{}"
    except importlib.metadata.PackageNotFoundError:
        return
    url = json.loads(address).get("url", "")
    if url.startswith("file://"):
        yield Path(url.removeprefix("file://")) / "python" / "tidycnn"


def _version_in(folder: Path) -> str:
    found = re.search(r'^__version__ = "(.+)"', _read(folder / "__init__.py"), re.MULTILINE)
    return found[1] if found else ""


def _version_of(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor_text() -> str:
    if sys.platform == "darwin":
        named = _answer(["sysctl", "-n", "machdep.cpu.features", "machdep.cpu.leaf7_features"])
        facts = re.findall(r"^hw\.optional\.(?:arm\.)?(\w+): 1$", _answer(["sysctl", "hw.optional"]), re.MULTILINE)
        return " ".join([named, *facts])
    found = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return found[1] if found else ""


def inside_r() -> bool:
    """Tell whether R runs in this process."""
    return "rpycall" in sys.modules or "rpytools" in sys.modules


def _ask_r(code: str) -> str:
    return _answer(["Rscript", "--no-init-file", "-e", code])


def _answer(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout if run.returncode == 0 else ""


def _read(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
