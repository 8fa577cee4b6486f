import subprocess
import sys
from pathlib import Path

import pytest

import tidycnn
from tidycnn.core import machine
from tidycnn.core.sitrep import tidycnn_sitrep

CPUINFO = """processor\t: 0
model name\t: A processor
flags\t\t: fpu avx2 avx512f avx512_bf16 amx_tile
"""
MEMINFO = "MemTotal:       16777216 kB\nMemAvailable:    1048576 kB\n"


@pytest.fixture
def files(monkeypatch):
    """Give a dictionary that stands in for the files of the system."""
    contents = {}
    monkeypatch.setattr(machine.sys, "platform", "linux")
    monkeypatch.setattr(machine, "_read", lambda path: contents.get(str(path), ""))
    return contents


@pytest.fixture
def python_that(monkeypatch, tmp_path):
    """Give a function that puts a shell script in the place of the Python that tries TensorFlow."""

    def put(script):
        stand_in = tmp_path / "python"
        stand_in.write_text("#!/bin/sh\n" + script)
        stand_in.chmod(0o755)
        monkeypatch.setattr(machine.sys, "executable", str(stand_in))

    return put


def test_features_of_the_processor_are_read_from_its_flags(files):
    files["/proc/cpuinfo"] = CPUINFO
    assert machine.processor_features() == ["AVX2", "AVX-512", "BF16", "AMX"]
    files["/proc/cpuinfo"] = CPUINFO.replace("avx512_bf16 amx_tile", "")
    assert machine.processor_features() == ["AVX2", "AVX-512"]


def test_features_of_an_arm_processor_are_read_too(files):
    files["/proc/cpuinfo"] = "Features\t: fp asimd bf16\n"
    assert machine.processor_features() == ["BF16"]


def test_an_unknown_system_says_that_it_cannot_tell(files):
    found = {finding.part: finding.found for finding in [*machine._processor(), machine._memory()]}
    assert found["instructions"] == found["memory"] == "cannot be told on this system"


def test_memory_is_what_the_system_has(files):
    files["/proc/meminfo"] = MEMINFO
    assert machine.memory_bytes() == (16 * 2**30, 2**30)


def test_memory_is_what_the_container_allows_where_that_is_less(files):
    files["/proc/meminfo"] = MEMINFO.replace("1048576", "8388608")
    files["/sys/fs/cgroup/memory.max"] = str(4 * 2**30)
    files["/sys/fs/cgroup/memory.current"] = str(3 * 2**30)
    assert machine.memory_bytes() == (4 * 2**30, 2**30)


def test_little_memory_is_noted_with_what_to_do(files):
    files["/proc/meminfo"] = MEMINFO
    finding = machine._memory()
    assert finding.status == "note"
    assert "smaller batches" in finding.advice


def test_a_tensorflow_that_crashes_is_reported(python_that):
    python_that("kill -ILL $$")
    [finding] = machine._tensorflow(timeout=20)
    assert (finding.status, finding.found) == ("problem", "it crashed when it was loaded (SIGILL)")
    assert "AVX" in finding.advice


def test_a_tensorflow_that_hangs_is_given_up(python_that):
    python_that("exec sleep 60")
    assert machine.try_tensorflow(timeout=0.3) == {"error": "it did not load within 0.3 seconds"}


def test_a_missing_tensorflow_is_reported_with_the_command_that_installs_it(python_that):
    python_that("echo \"ModuleNotFoundError: No module named 'tensorflow'\" >&2; exit 1")
    [finding] = machine._tensorflow(timeout=20)
    assert "-m pip install tensorflow-cpu" in finding.advice


def test_a_python_that_does_not_start_is_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(machine.sys, "executable", str(tmp_path / "nothing"))
    assert "does not start" in machine.try_tensorflow()["error"]


def test_another_backend_than_tensorflow_is_a_problem(python_that):
    python_that("""echo '{"tensorflow": "2", "keras": "3", "backend": "torch", "gpus": [], "cuda": false}'""")
    found = {finding.part: finding for finding in machine._tensorflow(timeout=20)}
    assert found["Keras backend"].status == "problem"


def test_a_gpu_that_tensorflow_does_not_see_is_noted(monkeypatch):
    monkeypatch.setattr(machine, "_answer", lambda command: "NVIDIA H100\n")
    finding = machine._gpu([], built_with_cuda=False)
    assert finding.status == "note"
    assert "tensorflow[and-cuda]" in finding.advice
    assert machine._gpu(["NVIDIA H100"], built_with_cuda=True).found == "NVIDIA H100"


def test_copies_of_the_engine_are_listed_and_a_different_version_is_a_problem(monkeypatch, tmp_path):
    other = tmp_path / "tidycnn"
    other.mkdir()
    (other / "__init__.py").write_text('__version__ = "0.0.1"\n')
    monkeypatch.setattr(machine, "_ask_r", lambda code: str(tmp_path))
    findings = list(machine._engine())
    assert findings[0].part == "tidycnn"
    assert findings[-1][:3] == ("another tidycnn", f"0.0.1 in {other}", "problem")


def test_a_copy_of_the_same_version_is_no_problem(monkeypatch, tmp_path):
    other = tmp_path / "tidycnn"
    other.mkdir()
    (other / "__init__.py").write_text(f'__version__ = "{tidycnn.__version__}"\n')
    monkeypatch.setattr(machine, "_ask_r", lambda code: str(tmp_path))
    assert list(machine._engine())[-1].status == "ok"


def test_a_checkout_without_symbolic_links_is_named(monkeypatch, tmp_path):
    engine = tmp_path / "python" / "tidycnn"
    engine.mkdir(parents=True)
    (tmp_path / "inst" / "python").mkdir(parents=True)
    (tmp_path / "inst" / "python" / "tidycnn").write_text("../../python/tidycnn")
    monkeypatch.setattr(machine, "engine_copies", lambda: {str(engine): tidycnn.__version__})
    assert [finding.status for finding in machine._engine()] == ["ok", "problem"]


def test_a_missing_package_is_a_problem_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(machine, "_version_of", lambda package: None if package == "scipy" else "1.0")
    [finding] = [finding for finding in machine._packages() if finding.status != "ok"]
    assert finding[:3] == ("scipy", "missing", "problem")
    assert finding.advice.endswith("-m pip install scipy")


def test_a_cache_that_cannot_be_written_is_a_problem(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TIDYCNN_CACHE", str(tmp_path / "file" / "cache"))
    assert machine._cache().status == "problem"


def test_without_r_the_report_goes_on(monkeypatch):
    monkeypatch.setattr(machine, "_ask_r", lambda code: "")
    [finding] = machine._r()
    assert (finding.part, finding.status) == ("R", "ok")


def test_machine_needs_the_standard_library_alone():
    code = (
        "import sys; before = set(sys.modules); import tidycnn.core.machine as machine;"
        "print(sorted({'numpy', 'pandas', 'keras'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_report_is_a_frame_and_tensorflow_loads_here():
    report = tidycnn_sitrep().set_index("part")
    assert list(report.columns) == ["found", "status", "advice"]
    assert report.loc["TensorFlow", "status"] == "ok"
    assert str(Path(tidycnn.__file__).parent.resolve()) in report.loc["tidycnn", "found"]
