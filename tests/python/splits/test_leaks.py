"""What counts as the same file, the same content, the same group."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tidycnn.splits.leaks import CONTENT, GROUP, PATH, find_shared


def frame(*paths: str, **columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"path": list(paths), **columns})


@pytest.mark.parametrize("spelled", ["pictures/a.png", "./pictures/a.png", "other/../pictures/a.png", "linked/a.png"])
def test_a_file_is_the_same_however_its_folder_is_spelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelled: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("pictures", "other"):
        (tmp_path / folder).mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "pictures")
    (shared,) = find_shared({"one": frame(f"{tmp_path}/pictures/a.png"), "two": frame(spelled)})
    assert (shared.problem, shared.things, shared.examples) == (PATH, 1, (f"{tmp_path}/pictures/a.png", spelled))


def test_a_file_of_the_home_folder_is_the_same_with_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_shared({"one": frame("~/a.png"), "two": frame(f"{tmp_path}/a.png")})[0].problem == PATH


def test_files_of_one_name_in_two_folders_are_two() -> None:
    assert find_shared({"one": frame("x/a.png"), "two": frame("y/a.png")}) == []


def test_the_same_file_is_no_copy_of_itself_and_its_copy_is() -> None:
    sets = {"one": frame("a", "b", hash=["1", "2"]), "two": frame("a", "c", "d", hash=["1", "1", "2"])}
    found = find_shared(sets)
    assert [(each.problem, each.things, each.examples) for each in found] == [
        (PATH, 1, ("a", "a")),
        (CONTENT, 1, ("b", "d")),
    ]


def test_what_is_not_known_is_not_the_same() -> None:
    sets = {"one": frame("a", hash=[None], group=[None]), "two": frame("b", hash=[None], group=[None])}
    assert find_shared(sets) == []


def test_every_pair_of_sets_is_compared() -> None:
    sets = {name: frame(name, group=["g"]) for name in ("one", "two", "three")}
    assert [each.sets for each in find_shared(sets)] == [("one", "two"), ("one", "three"), ("two", "three")]
    assert {each.problem for each in find_shared(sets)} == {GROUP}
