"""Tests of the set-up scripts, which run before anything is installed."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BASE = {"graphics", "grDevices", "methods", "stats", "tools", "utils"}

pytestmark = pytest.mark.skipif(not (ROOT / "tools").is_dir(), reason="runs in a checkout only")


@pytest.fixture(scope="module")
def tool():
    specification = importlib.util.spec_from_file_location("constraints", ROOT / "tools" / "constraints.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def requirements(lines):
    return [line.split("  #")[0] for line in lines]


def test_an_old_reticulate_asks_for_the_old_numpy_and_pandas(tool):
    lines = tool.constraints({"R": (4, 2, 2), "reticulate": (1, 28)})
    assert requirements(lines) == ["numpy<2", "pandas<3", "rpy2<3.6"]


def test_a_new_reticulate_and_a_new_r_ask_for_nothing(tool):
    assert tool.constraints({"R": (4, 5, 0), "reticulate": (1, 41)}) == []


def test_without_r_nothing_is_asked_for(tool):
    assert tool.constraints({}) == []


def test_the_version_is_compared_as_numbers(tool):
    assert requirements(tool.constraints({"reticulate": tool.parse_version("1.9-2")})) == ["numpy<2", "pandas<3"]
    assert tool.parse_version("1.41.0.9000") > tool.parse_version("1.41")


def test_a_machine_without_r_is_read_as_such(tool, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tool.installed_versions() == {}


def test_the_versions_are_read_from_r(tool, monkeypatch, tmp_path):
    stand_in = tmp_path / "Rscript"
    stand_in.write_text("#!/bin/sh\necho 'R 4.2.2 '\necho 'reticulate 1.28 '\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert tool.installed_versions() == {"R": (4, 2, 2), "reticulate": (1, 28)}


def test_install_tidycnn_in_r_puts_the_same_limits(tool):
    code = (ROOT / "R" / "python.R").read_text()
    below, limits = re.search(r'reticulate_version < "([\d.]+)"\) c\((.*?)\)', code).groups()
    ours = [known for known in tool.CONSTRAINTS if known.needs == "reticulate"]
    assert re.findall('"(.*?)"', limits) == [known.requirement for known in ours]
    assert {known.below for known in ours} == {tool.parse_version(below)}


def test_set_up_installs_every_package_that_r_imports():
    description = (ROOT / "DESCRIPTION").read_text()
    imported = re.search(r"^Imports:(.*?)^(?=\S)", description, re.MULTILINE | re.DOTALL)[1]
    names = set(re.findall(r"[A-Za-z][A-Za-z0-9.]*(?=\s*(?:\(|,|$))", imported, re.MULTILINE)) - BASE
    listed = re.search(r'^R_PACKAGES="(.*)"', (ROOT / "tools" / "setup.sh").read_text(), re.MULTILINE)[1].split()
    assert names - set(listed) == set()


def run_bare(folder, script, *others):
    """Run a script in a copy of the checkout that has only the scripts, on a machine with a few programs."""
    copy, programs = folder / "checkout", folder / "programs"
    (copy / "tools").mkdir(parents=True)
    for name in (script, *others):
        (copy / "tools" / name).write_bytes((ROOT / "tools" / name).read_bytes())
    programs.mkdir()
    for name in ("bash", "dirname", "sed", "grep", "cat", "id", "env"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    run = subprocess.run(
        ["/usr/bin/bash", copy / "tools" / script],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert sorted(path.name for path in copy.iterdir()) == ["tools"]
    return run


def test_without_rights_set_up_says_what_is_missing_and_changes_nothing(tmp_path):
    run = run_bare(tmp_path, "setup.sh", "python_fits.py")
    assert run.returncode == 1
    assert "R (4.1 or newer)" in run.stderr
    assert "apt-get install -y --no-install-recommends r-base-core" in run.stderr
    assert "Nothing was changed" in run.stderr


def test_where_the_other_debian_is_not_possible_it_is_said_and_nothing_is_made(tmp_path):
    run = run_bare(tmp_path, "other_debian.sh")
    assert run.returncode == 77
    assert re.fullmatch(r"Debian 1[23] is left out: .* this is no Debian\.\n", run.stderr)


@pytest.mark.parametrize(
    ("status", "verdict", "end"),
    [(0, "ok", ""), (77, "left out", "Left out: trial; \n"), (3, "FAILED", "Failed: trial; \n")],
)
def test_a_step_that_is_left_out_has_not_failed(status, verdict, end):
    script = 'set -u; . "$0"; step trial bash -c "exit $1"; finish'
    run = subprocess.run(
        ["bash", "-c", script, ROOT / "tools" / "steps.sh", str(status)], capture_output=True, text=True, check=False
    )
    assert re.fullmatch(rf"\n=== trial\n--- trial: {verdict} \(\d+ s\)\n{end}", run.stdout)
    assert run.returncode == (verdict == "FAILED")


@pytest.fixture
def structure(tmp_path):
    """Give a function that writes files of a package and of R, and lists what `structure.py` finds in them."""

    def find(files):
        (tmp_path / "R").mkdir()
        for name, text in {"python/toy/__init__.py": "", **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        command = [sys.executable, ROOT / "tools" / "structure.py", tmp_path]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.stderr == ""
        return run.returncode, run.stdout.splitlines()

    return find


def test_files_and_bodies_of_the_allowed_length_are_no_finding(structure):
    python = 'def f(\n    x,\n):\n    """\n    Told.\n    """\n' + "    x += 1\n" * 45
    r = "#' Told\n" * 300 + "f <- function(\n  x\n) {\n" + "  x\n" * 45 + "}\n" + "g <- function(x) x\n" * 301
    files = {"python/toy/a.py": python + "x = 1\n" * 299, "R/a.R": r}
    assert structure(files) == (0, ["No file over 350 lines, no body over 45, no circle."])


def test_what_is_one_line_too_long_is_named(structure):
    python = "class A:\n    def f(self):\n" + "        x = 1\n" * 46
    r = "f <- function(\n  x\n) {\n" + "  x\n" * 46 + "}\n"
    files = {"python/toy/a.py": python, "python/toy/b.py": "x = 1\n" * 351, "R/a.R": r, "R/b.R": "x\n" * 351}
    assert structure(files) == (
        1,
        [
            "toy/a.py: f(): 46 lines, 45 are allowed",
            "toy/b.py: 351 lines, 350 are allowed",
            "R/a.R: f(): 46 lines, 45 are allowed",
            "R/b.R: 351 lines, 350 are allowed",
        ],
    )


def test_a_circle_is_found_behind_functions_and_over_other_files(structure):
    files = {
        "python/toy/part/__init__.py": "",
        "python/toy/part/a.py": "from toy.part.b import f",
        "python/toy/part/b.py": "from toy.part import c",
        "python/toy/part/c.py": "def f():\n    from toy.part.a import g",
        "python/toy/part/d.py": "from toy.part import a",
    }
    assert structure(files) == (1, ["toy.part: a circle of a, b, c"])


@pytest.mark.parametrize("script", sorted((ROOT / "tools").glob("*.sh")), ids=lambda script: script.name)
def test_scripts_are_well_formed_and_can_be_run(script):
    assert os.access(script, os.X_OK) or script.name == "steps.sh"
    subprocess.run(["bash", "-n", script], check=True)
