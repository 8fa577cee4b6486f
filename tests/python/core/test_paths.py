from __future__ import annotations

from pathlib import Path

from tidycnn.core.paths import absolute_paths, real_paths, shared_folder


def test_paths_become_absolute_in_their_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/somewhere")
    given = ["cat/a.png", "../b.png", "/pictures//c.png", "~/d.png", "e.png", "/f.png", "cat/a.png"]
    here = tmp_path.as_posix()
    assert absolute_paths(given) == [
        *(f"{here}/cat/a.png", f"{tmp_path.parent.as_posix()}/b.png", "/pictures/c.png", "/somewhere/d.png"),
        *(f"{here}/e.png", "/f.png", f"{here}/cat/a.png"),
    ]


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "link").symlink_to(Path("/"))
    assert absolute_paths([f"{tmp_path}/link/a.png"]) == [f"{tmp_path}/link/a.png"]


def test_the_real_path_follows_links_of_folders(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "pictures")
    assert real_paths([f"{tmp_path}/link/a.png", "/b.png"]) == [f"{tmp_path.resolve()}/pictures/a.png", "/b.png"]


def test_the_folder_that_all_paths_share_is_what_all_begin_with():
    assert shared_folder(["/a/b/c.png", "/a/bc/d.png"]) == "/a/"
    assert shared_folder(["./a/b.png", "./a/c/d.png"]) == "./a/"
    assert shared_folder(["a/b.png", "/a/b.png"]) == ""
    assert shared_folder(["a.png", "b.png"]) == shared_folder([]) == ""
    assert shared_folder(["/x/a.png"]) == "/x/"
