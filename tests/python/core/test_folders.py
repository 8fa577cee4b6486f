"""A kind of folder is a few lines; what all kinds have in common is done for them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tidycnn.core import folders
from tidycnn.core.errors import InputError, StoreError, TidycnnWarning
from tidycnn.core.folders import (
    FolderKind,
    library_versions,
    open_folder,
    opener,
    read_folder,
    write_folder,
)

POEM = FolderKind("poem", noun="poem", format=3, tables=("verses",), files=("sound.npy",), caution="It may not rhyme.")


def write_poem(title, verses, folder, **options):
    files = {"sound.npy": lambda path: np.save(path, np.arange(3))}
    return write_folder(folder, POEM, {"title": title}, tables={"verses": verses}, files=files, **options)


def open_poem(folder):
    stored = read_folder(folder, POEM)
    with stored.believing():
        title = stored.facts["title"]
    return title, stored.table("verses"), np.load(stored.file("sound.npy"))


@pytest.fixture
def verses():
    """Give the verses of a poem."""
    return pd.DataFrame({"verse": pd.Series(["Roses are red", None], dtype=object), "feet": [4, 3]})


@pytest.fixture(autouse=True)
def poems_known(monkeypatch):
    """Let this module open poems."""
    monkeypatch.setitem(folders.OPENERS, "poem", f"{__name__}:open_poem")


@pytest.fixture
def poem(tmp_path, verses):
    """Give the folder of a poem."""
    return write_poem("Spring", verses, tmp_path / "poem")


def change(folder, **facts):
    path = folder / "poem.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))


def test_what_was_written_is_opened_by_its_kind(poem, verses):
    title, back, sound = open_folder(poem, "poem")
    assert title == "Spring"
    pd.testing.assert_frame_equal(back, verses)
    assert sound.tolist() == [0, 1, 2]


def test_the_description_says_kind_format_and_versions(poem):
    said = json.loads((poem / "poem.json").read_text())
    assert (said["kind"], said["format"], said["versions"]) == ("poem", 3, library_versions())


def test_numbers_of_numpy_are_written_as_numbers(tmp_path):
    folder = write_folder(tmp_path / "poem", POEM, {"lines": np.int64(14)})
    assert read_folder(folder, POEM).facts["lines"] == 14


def test_a_kind_that_nobody_opens_is_named():
    with pytest.raises(StoreError, match="holds 'sonnet', but we know 'classifier' and 'poem'"):
        opener("sonnet")


@pytest.mark.parametrize("facts", [{"kind": "sonnet"}, {"format": 4}])
def test_what_this_version_does_not_know_is_told(poem, facts):
    change(poem, **facts)
    with pytest.raises(StoreError, match=r"in format \d, which this version does not know"):
        open_folder(poem, "poem")


def test_kinds_with_one_noun_are_opened_by_one_call(tmp_path, monkeypatch, poem):
    monkeypatch.setitem(folders.OPENERS, "haiku", "pathlib:Path")
    haiku = FolderKind("haiku", noun="poem", format=1)
    folder = write_folder(tmp_path / "haiku", haiku, {})
    assert open_folder(folder, "poem") == folder
    assert open_folder(poem, "poem")[0] == "Spring"


def test_other_versions_are_told_with_what_may_be(poem):
    change(poem, versions={**library_versions(), "tidycnn": "0.0.1"})
    with pytest.warns(TidycnnWarning, match=r"^The poem was .* versions: tidycnn 0\.0\.1 .*\. It may not rhyme\.$"):
        open_folder(poem, "poem")


def test_the_names_of_tensorflow_are_one(poem):
    change(poem, versions={"tensorflow-cpu": "1.0"})
    with pytest.warns(TidycnnWarning, match=r"tensorflow 1\.0 \(here"):
        open_folder(poem, "poem")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("poem.json", r"poem\.json' is damaged: Expecting"),
        ("verses.csv", r"verses\.csv' is damaged: it has other columns"),
    ],
)
def test_a_damaged_file_is_named(poem, name, message):
    (poem / name).write_text("{")
    with pytest.raises(StoreError, match=message):
        open_folder(poem, "poem")


def test_a_lacking_table_or_fact_is_named(poem):
    change(poem, tables={})
    with pytest.raises(StoreError, match=r"poem\.json' is damaged: it lacks 'verses'"):
        open_folder(poem, "poem")


@pytest.mark.parametrize("name", ["verses.csv", "sound.npy"])
def test_a_missing_file_is_named(poem, name):
    (poem / name).unlink()
    with pytest.raises(StoreError, match=f"'{name}' is missing"):
        open_folder(poem, "poem")


def test_a_folder_without_a_description_is_told(tmp_path):
    with pytest.raises(StoreError, match=r"holds no poem: 'poem\.json' is missing"):
        open_folder(tmp_path, "poem")


def test_only_a_folder_of_this_kind_is_replaced_and_only_where_that_is_wished(poem, verses):
    with pytest.raises(InputError, match=r"holds a poem\.\n.*replace that poem with `overwrite = True`"):
        write_poem("Autumn", verses, poem)
    write_poem("Autumn", verses, poem, overwrite=True)
    assert open_folder(poem, "poem")[0] == "Autumn"
    (poem / "mine.txt").touch()
    with pytest.raises(InputError, match=r"must be empty or hold a poem only.*'mine\.txt'"):
        write_poem("Winter", verses, poem, overwrite=True)


def test_what_systems_put_into_folders_hinders_nothing(poem, verses):
    (poem / ".DS_Store").touch()
    write_poem("Autumn", verses, poem, overwrite=True)
    assert sorted(path.name for path in poem.iterdir()) == ["poem.json", "sound.npy", "verses.csv"]


def test_where_a_file_fails_the_old_folder_stays_whole(poem):
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise ValueError("no sound")

    with pytest.raises(ValueError, match="no sound"):
        write_folder(poem, POEM, {"title": "Silence"}, files={"sound.npy": fail}, overwrite=True)
    assert open_folder(poem, "poem")[0] == "Spring"


def test_a_folder_that_is_replaced_while_it_is_read_is_read_again(poem, verses, monkeypatch):
    read, others = folders.read_table, ["Autumn"]

    def replace(*arguments):
        if others:
            write_poem(others.pop(), verses, poem, overwrite=True)
        return read(*arguments)

    monkeypatch.setattr(folders, "read_table", replace)
    assert open_folder(poem, "poem")[0] == "Autumn"
