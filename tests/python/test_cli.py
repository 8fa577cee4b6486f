import csv
import inspect
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import tidycnn
from tidycnn.cli.commands import commands
from tidycnn.cli.output import write_table
from tidycnn.cli.process import run
from tidycnn.cli.training import MODELS
from tidycnn.core import machine
from tidycnn.core.errors import warn
from tidycnn.core.machine import Finding
from tidycnn.core.progress import Silence, listening

TINY = ["--model", "cnn", "--target-size", "32", "--epochs", "1", "--seed", "1", "--quiet"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Give a folder that holds drawn cells in `pictures` and a classifier of them in `cells`."""
    folder = tmp_path_factory.mktemp("trained")
    tidycnn.make_blood_cells(folder / "pictures", n=24, size=32, progress=False, seed=1)
    assert run(["train", str(folder / "pictures"), "--save", str(folder / "cells"), *TINY]) == 0
    return folder


@pytest.fixture
def command(capsys):
    """Give a function that runs a command line and returns its exit status and what it wrote to both streams."""

    def execute(*arguments):
        status = run([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return status, written.out, written.err

    return execute


def test_help_names_every_command_and_shows_how_they_follow_each_other(command):
    status, out, _ = command("--help")
    assert status == 0
    assert all(name in out for name in ("images", "train", "evaluate", "predict", "sitrep"))
    assert "tidycnn train pictures --save cells" in out


@pytest.mark.parametrize("name", ["images", "split", "train", "evaluate", "predict"])
def test_the_help_of_every_command_has_examples(command, name):
    status, out, _ = command(name, "--help")
    assert status == 0
    assert f"Examples:\n    tidycnn {name}" in out


def test_every_option_says_what_it_does():
    silent = [
        f"{name} --{option.name}"
        for name, command in commands.commands.items()
        for option in command.params
        if option.param_type_name == "option" and not option.help and option.name != "form"
    ]
    assert silent == []


def test_help_loads_no_network_library():
    code = (
        "import sys, tidycnn.cli.process as process; process.run(['train', '--help']);"
        "sys.exit(', '.join({'keras', 'tensorflow', 'pandas', 'numpy'} & set(sys.modules)) or 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_version(command):
    assert command("--version") == (0, f"tidycnn, version {tidycnn.__version__}\n", "")


def test_python_m_runs_the_command_line():
    run_it = subprocess.run([sys.executable, "-m", "tidycnn", "--version"], capture_output=True, text=True, check=True)
    assert run_it.stdout == f"tidycnn, version {tidycnn.__version__}\n"


@pytest.mark.parametrize("name", MODELS)
def test_every_network_that_is_offered_is_one_of_ours(name):
    parameters = inspect.signature(getattr(tidycnn, name)).parameters
    assert list(parameters)[:2] == ["input_shape", "classes"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["images"],
        ["images", "no/such/folder"],
        ["train", "."],
        ["images", ".", "--splits", "train"],
        ["images", ".", "--format", "xml"],
        ["train", ".", "--save", "x", "--target-size", "0x3"],
        ["train", ".", "--save", "x", "--model", "gpt"],
    ],
    ids=" ".join,
)
def test_wrong_usage_gives_status_2_and_one_message(command, arguments):
    status, out, err = command(*arguments)
    assert (status, out) == (2, "")
    assert "Error: " in err
    assert "Traceback" not in err


def test_images_are_listed_as_csv(command, picture_folder):
    status, out, _ = command("images", picture_folder)
    images = pd.read_csv(StringIO(out))
    assert status == 0
    assert images["label"].value_counts().to_dict() == {"cat": 6, "dog": 4}


def test_counts_can_be_written_as_json(command, picture_folder):
    _, out, _ = command("images", picture_folder, "--counts", "--format", "json")
    assert [(row["label"], row["n"]) for row in json.loads(out)] == [("cat", 6), ("dog", 4)]


def test_the_suffix_of_the_output_chooses_the_format(command, picture_folder, tmp_path):
    target = tmp_path / "counts.JSON"
    status, out, _ = command("images", picture_folder, "--counts", "-o", target)
    assert (status, out) == (0, "")
    assert len(json.loads(target.read_text())) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such names")
def test_names_of_files_that_are_no_text_are_written_as_they_are(command, tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    Image.new("RGB", (8, 8)).save(tmp_path / name)
    assert command("images", tmp_path, "-o", tmp_path / "images.csv")[0] == 0
    assert b"caf\xe9.png" in (tmp_path / "images.csv").read_bytes()
    status, _, err = command("images", tmp_path, "--format", "json")
    assert (status, "Use --format csv" in err) == (1, True)


@pytest.mark.skipif(sys.platform != "linux", reason="names are text there")
def test_a_listing_of_names_that_are_no_text_is_taken_again(command, tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    Image.new("RGB", (8, 8)).save(folder / "a.png")
    (folder / "a.png").rename(folder / os.fsdecode(b"f\xfcnf\r\n.png"))
    listing, again = tmp_path / "images.csv", tmp_path / "again.csv"
    assert command("images", tmp_path, "-o", listing, "-q")[0] == 0
    assert command("images", listing, "-o", again, "-q")[0] == 0
    assert again.read_bytes() == listing.read_bytes()
    assert b",ok," in again.read_bytes()


@pytest.fixture
def steering_folder(tmp_path):
    """Give a folder whose names would clear the screen and ring the bell."""
    folder = tmp_path / "pictures" / "cat\x1b[2J"
    folder.mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(folder / "a\x07\nb\x9b.png")
    (folder / "notes\x1b.txt").write_text("words")
    return tmp_path / "pictures"


def is_harmless(text):
    return all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_names_of_files_never_steer_the_terminal(command, steering_folder, form, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    status, out, err = command("images", steering_folder, "--format", form)
    assert status == 0
    assert is_harmless(out) and is_harmless(err)
    assert "2J" in out


def test_a_table_has_one_line_for_each_image(command, steering_folder):
    _, out, _ = command("images", steering_folder, "--format", "table", "--quiet")
    assert len(out.splitlines()) == 3
    assert r"a\x07\nb\x9b.png" in out


def test_a_file_or_pipe_gets_names_as_they_are(command, steering_folder):
    _, out, _ = command("images", steering_folder, "--quiet")
    assert "a\x07\nb\x9b.png" in out


@pytest.mark.parametrize("arguments", [["images"], ["predict", "cells\x1b"], ["images", "--labels", "\x1b"], ["\x1b"]])
def test_messages_never_steer_the_terminal(command, arguments):
    status, _, err = command(*arguments, "no\x1b[2Jthing\x07")
    assert status == 2
    assert is_harmless(err)


def test_a_table_can_be_asked_for(command, picture_folder):
    _, out, _ = command("images", picture_folder, "--counts", "--format", "table")
    assert out.splitlines()[0].split() == ["label", "n", "share"]


def test_labels_are_found_in_file_names(command, picture_folder, tmp_path):
    flat = tmp_path / "flat"
    flat.mkdir()
    for name in ("cat_1.png", "dog_1.png"):
        Image.new("RGB", (8, 8)).save(flat / name)
    _, out, _ = command("images", flat, "--labels", "^([a-z]+)_", "--counts")
    assert pd.read_csv(StringIO(out))["label"].tolist() == ["cat", "dog"]


def test_splits_are_named_by_their_folders(command, draw_folder):
    draw_folder({"cat": 2, "dog": 2}, under="all/LEARN")
    folder = draw_folder({"cat": 1, "dog": 1}, under="all/CHECK").parent
    _, out, _ = command("images", folder, "--splits", "train=LEARN", "--splits", "test=CHECK")
    assert pd.read_csv(StringIO(out))["split"].value_counts().to_dict() == {"train": 4, "test": 2}


def test_a_listing_is_taken_in_place_of_a_folder(command, picture_folder, tmp_path):
    listing = tmp_path / "images.csv"
    command("images", picture_folder, "-o", listing)
    status, out, _ = command("images", listing, "--counts")
    assert status == 0
    assert pd.read_csv(StringIO(out))["n"].tolist() == [6, 4]


def test_labels_of_a_listing_stay_text(command, picture_folder, tmp_path):
    paths = sorted(str(path) for path in picture_folder.rglob("*.png"))[:2]
    (tmp_path / "images.csv").write_text(f"path,label\n{paths[0]},01\n{paths[1]},NA\n")
    _, out, _ = command("images", tmp_path / "images.csv", "--counts", "--format", "json")
    assert [row["label"] for row in json.loads(out)] == ["01", "NA"]


def test_a_listing_that_is_none_is_an_error(command, tmp_path):
    (tmp_path / "images.csv").write_bytes(b"\xff\xfe\x00\x80")
    status, _, err = command("images", tmp_path / "images.csv")
    assert status == 1
    assert "is no CSV file" in err


def test_images_without_labels_can_be_listed(command, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "one.png")
    status, out, _ = command("images", tmp_path)
    assert status == 0
    assert pd.read_csv(StringIO(out))["status"].tolist() == ["ok"]


def test_training_on_images_without_labels_is_an_error_with_what_to_do(command, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "one.png")
    status, out, err = command("train", tmp_path, "--save", tmp_path / "cells")
    assert (status, out) == (1, "")
    assert "--labels" in err
    assert "Traceback" not in err


def test_an_error_of_ours_is_one_message_without_a_traceback(command, trained):
    status, out, err = command("train", trained / "pictures", "--save", trained / "cells")
    assert (status, out) == (1, "")
    assert err == f"Error: `--save` must be new, but {str(trained / 'cells')!r} holds a classifier.\n" + (
        "Name a new folder, or replace that classifier with `--overwrite`.\n"
    )


class Started(Silence):
    """Knows what work has begun."""

    def __init__(self):
        self.work = []

    def start(self, task, description, total, done):
        self.work.append(description)


@pytest.mark.parametrize("name", ["images", "split", "train", "evaluate", "predict"])
def test_an_output_that_cannot_be_written_is_refused_before_any_work(command, trained, tmp_path, name):
    (tmp_path / "file").touch()
    classifier = [trained / "cells"] if name in ("evaluate", "predict") else []
    save = ["--save", tmp_path / "cells"] if name == "train" else []
    started = Started()
    with listening(started):
        status, _, err = command(name, *classifier, trained / "pictures", *save, "-o", tmp_path / "file" / "table.csv")
    assert (status, started.work) == (1, [])
    assert err.startswith("Error: `--output` ")
    assert "a file stands where a folder is needed" in err


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("file/cells", "a file stands where a folder is needed"),
        ("pictures", "must be empty or hold a classifier only"),
        ("a" * 300, "the name is too long"),
    ],
    ids=["a file on the way", "a folder of other things", "a long name"],
)
def test_a_folder_to_save_to_that_cannot_be_is_refused_before_any_work(command, picture_folder, place, message):
    (picture_folder.parent / "file").touch()
    started = Started()
    with listening(started):
        save = ["--save", picture_folder.parent / place, "--overwrite"]
        status, _, err = command("train", picture_folder, *save)
    assert (status, started.work) == (1, [])
    assert err.startswith("Error: `--save` ")
    assert message in err


def test_an_output_of_another_kind_is_refused(command, picture_folder, tmp_path):
    status, _, err = command("images", picture_folder, "-o", tmp_path / "images.xlsx")
    assert (status, list(tmp_path.glob("*.xlsx"))) == (2, [])
    assert "must end in .csv or .json" in err
    assert command("images", picture_folder, "-o", tmp_path / "images.xlsx", "--format", "csv")[0] == 0


@pytest.mark.skipif(os.name != "posix", reason="there are no such files")
def test_an_output_that_is_no_plain_file_is_written_as_it_is(command, picture_folder, tmp_path):
    (tmp_path / "real.csv").touch()
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    assert command("images", picture_folder, "-o", tmp_path / "link.csv")[0] == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert len(pd.read_csv(tmp_path / "real.csv")) == 10
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text()))
    reader.start()
    assert command("images", picture_folder, "-o", tmp_path / "pipe")[0] == 0
    reader.join()
    assert (tmp_path / "pipe").is_fifo()
    assert read[0].startswith("path,label")


def test_a_table_that_cannot_be_written_at_last_is_written_elsewhere(command, picture_folder, tmp_path, monkeypatch):
    def class_counts(images):
        (tmp_path / "out").write_text("in the way")
        return pd.DataFrame({"n": [1]})

    monkeypatch.setattr(tidycnn, "class_counts", class_counts, raising=False)
    status, _, err = command("images", picture_folder, "--counts", "-o", tmp_path / "out" / "counts.csv")
    assert status == 1
    rescued = re.search(r"All is saved in '(.*)' instead", err)[1]
    assert Path(rescued).read_text() == "n\n1\n"
    shutil.rmtree(Path(rescued).parent)


def test_the_last_words_say_where_the_table_is(command, picture_folder, tmp_path):
    target = tmp_path / "images.csv"
    _, _, err = command("images", picture_folder, "-o", target)
    assert err.splitlines()[-1] == f"The table is written to {str(target)!r}."
    assert command("images", picture_folder, "-o", target, "--quiet")[2] == ""


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="has no such device")
def test_a_full_disk_is_said_and_the_table_is_elsewhere(command, picture_folder):
    status, _, err = command("images", picture_folder, "--counts", "--quiet", "-o", FULL)
    assert (status, "Traceback" in err) == (1, False)
    assert err.startswith("Error: '/dev/full' could not be written: the disk is full")
    rescued = Path(re.search(r"All is saved in '(.*)' instead", err)[1])
    assert rescued.read_text().startswith("label,")
    shutil.rmtree(rescued.parent)


@pytest.mark.skipif(not FULL.exists(), reason="has no such device")
@pytest.mark.parametrize("arguments", [["images", ".", "-q"], ["sitrep"], ["--help"]], ids=" ".join)
def test_a_standard_output_that_takes_nothing_is_said(arguments, picture_folder):
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tidycnn", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=picture_folder,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The output could not be written: the disk is full")
    assert "Traceback" not in done.stderr
    for rescued in re.findall(r"All is saved in '(.*)' instead", done.stderr):
        shutil.rmtree(Path(rescued).parent)


@pytest.fixture
def written(tmp_path):
    """Give a function that writes a frame as the command line does, and gives the text."""

    def write(frame, form):
        write_table(frame, str(tmp_path / "table"), form)
        return (tmp_path / "table").read_bytes().decode()

    return write


def test_numbers_have_the_same_digits_in_json_and_in_csv(written):
    values = [0.1 + 0.2, 1 / 3, 1e-300, 123456789.123456789, 2.0, float("nan"), 5e-324]
    frame = pd.DataFrame({"x": values, "n": range(7), "f": pd.Series(values).astype("float32")})
    read = json.loads(written(frame, "json"), parse_float=str, parse_int=str)
    rows = [line.split(",") for line in written(frame, "csv").splitlines()[1:]]
    assert [[row[name] or "" for name in frame] for row in read] == rows


def test_json_keeps_kinds_and_what_is_missing(written):
    frame = pd.DataFrame(
        {
            "label": pd.Categorical(["a", None], ["a"]),
            "n": pd.array([2**60, None], dtype="Int64"),
            "is_ok": [True, False],
            "when": pd.to_datetime(["2020-01-02", None]),
            "x": [float("inf"), 1.5],
        }
    )
    assert json.loads(written(frame, "json")) == [
        {"label": "a", "n": 2**60, "is_ok": True, "when": "2020-01-02 00:00:00", "x": None},
        {"label": None, "n": None, "is_ok": False, "when": None, "x": 1.5},
    ]


@pytest.mark.parametrize("text", ["a\rb", "\r", "a\r\n", "a\nb", 'a"\r', "a,b"])
def test_every_end_of_a_line_in_a_text_is_quoted(written, text):
    csv_text = written(pd.DataFrame({"path": [text, "plain"], "n": [1, 2]}), "csv")
    assert list(csv.reader(StringIO(csv_text, newline=""))) == [["path", "n"], [text, "1"], ["plain", "2"]]
    assert csv_text.endswith("\nplain,2\n")


def test_a_warning_is_one_line_without_code(command, picture_folder, monkeypatch):
    def class_counts(images):
        warn("Look at this.")
        return pd.DataFrame({"n": [1]})

    monkeypatch.setattr(tidycnn, "class_counts", class_counts, raising=False)
    status, out, err = command("images", picture_folder, "--counts")
    assert (status, out) == (0, "n\n1\n")
    assert err == "Warning: Look at this.\n"


def test_an_error_that_is_none_of_ours_keeps_its_traceback(picture_folder, monkeypatch):
    def class_counts(images):
        raise ZeroDivisionError

    monkeypatch.setattr(tidycnn, "class_counts", class_counts, raising=False)
    with pytest.raises(ZeroDivisionError):
        run(["images", str(picture_folder), "--counts"])


def test_an_interruption_gives_status_130(command, picture_folder, monkeypatch):
    def class_counts(images):
        raise KeyboardInterrupt

    monkeypatch.setattr(tidycnn, "class_counts", class_counts, raising=False)
    status, out, err = command("images", picture_folder, "--counts")
    assert (status, out, err.strip()) == (130, "", "Interrupted.")


def test_a_reader_that_goes_away_is_no_crash(picture_folder):
    writer = subprocess.Popen(
        [sys.executable, "-m", "tidycnn", "images", str(picture_folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    writer.stdout.close()
    assert writer.wait(timeout=120) == 1
    assert writer.stderr.read() == ""


def test_sitrep_prints_advice_and_fails_where_something_is_wrong(command, monkeypatch):
    monkeypatch.setattr(
        machine, "findings", lambda: [Finding("Python", "3.11"), Finding("keras", "missing", "problem", "Install it.")]
    )
    status, out, _ = command("sitrep")
    assert status == 1
    assert out == "ok       Python  3.11\nproblem  keras   missing\n                 -> Install it.\n"


def test_sitrep_can_be_read_by_programs(command, monkeypatch):
    monkeypatch.setattr(machine, "findings", lambda: [Finding("Python", "3.11")])
    status, out, _ = command("sitrep", "--format", "json")
    assert status == 0
    assert json.loads(out) == [{"part": "Python", "found": "3.11", "status": "ok", "advice": ""}]


@pytest.mark.slow
def test_training_writes_the_history_and_a_classifier(command, trained, tmp_path):
    status, out, _ = command("train", trained / "pictures", "--save", tmp_path / "cells", *TINY)
    history = pd.read_csv(StringIO(out))
    assert status == 0
    assert set(history["data"]) == {"train", "validation"}
    assert (tmp_path / "cells" / "classifier.json").is_file()


@pytest.mark.slow
def test_a_classifier_is_replaced_only_when_asked(command, trained, tmp_path):
    shutil.copytree(trained / "cells", tmp_path / "cells")
    assert command("train", trained / "pictures", "--save", tmp_path / "cells", *TINY)[0] == 1
    assert command("train", trained / "pictures", "--save", tmp_path / "cells", "--overwrite", *TINY)[0] == 0


@pytest.mark.slow
def test_predictions_are_written_in_the_order_of_the_images(command, trained):
    files = sorted((trained / "pictures").rglob("*.jp*g"))[::-1][:3]
    status, out, _ = command("predict", trained / "cells", *files, "--quiet")
    predictions = pd.read_csv(StringIO(out))
    assert status == 0
    assert predictions["path"].tolist() == [str(file) for file in files]
    assert ".pred_MONOCYTE" in predictions.columns


@pytest.mark.slow
def test_a_file_that_is_no_image_is_predicted_as_missing(command, trained, tmp_path):
    (tmp_path / "bad.jpg").write_text("no image")
    good = next((trained / "pictures").rglob("*.jp*g"))
    status, out, _ = command("predict", trained / "cells", tmp_path / "bad.jpg", good, "--format", "json", "--quiet")
    assert status == 0
    assert [row[".pred_class"] is None for row in json.loads(out)] == [True, False]


@pytest.mark.slow
def test_evaluation_writes_scores_with_intervals(command, trained):
    status, out, _ = command("evaluate", trained / "cells", trained / "pictures", "--metric", "accuracy", "--quiet")
    scores = pd.read_csv(StringIO(out))
    assert status == 0
    assert scores[".metric"].tolist() == ["accuracy"]
    assert (scores[".lower"] <= scores[".estimate"]).all()


@pytest.mark.slow
def test_evaluation_writes_the_confusion_or_the_report_instead(command, trained):
    _, confusion, _ = command("evaluate", trained / "cells", trained / "pictures", "--confusion", "--quiet")
    assert pd.read_csv(StringIO(confusion))["n"].sum() == 24
    status, report, _ = command("evaluate", trained / "cells", trained / "pictures", "--report", "--quiet")
    assert status == 0
    assert "precision" in report


@pytest.mark.slow
def test_split_writes_a_table_that_train_and_evaluate_take(command, trained, tmp_path):
    table = tmp_path / "images.csv"
    before = sorted(path.name for path in (trained / "pictures").rglob("*"))
    asked = ["--proportions", "train=0.5", "--proportions", "test=0.5", "--seed", "1"]
    status, _, _ = command("split", trained / "pictures", *asked, "-o", table)
    assert status == 0
    assert sorted(path.name for path in (trained / "pictures").rglob("*")) == before
    images = pd.read_csv(table)
    assert images["split"].value_counts().to_dict() == {"train": 12, "test": 12}
    expected = tidycnn.split_images(
        tidycnn.image_table(trained / "pictures", progress=False), {"train": 0.5, "test": 0.5}, seed=1
    )
    assert images["split"].tolist() == expected["split"].tolist()
    saved = tmp_path / "cells"
    options = ["--save", saved, "--validation", "0", "--save-images", "paths", *TINY]
    assert command("train", table, *options)[0] == 0
    kept = tidycnn.load_classifier(saved).images
    assert len(kept) == 12
    assert not kept["path"].str.startswith("/").any()
    _, _, err = command("evaluate", saved, table, "--metric", "accuracy")
    assert "the 12 images of the split 'test'" in err


def test_split_divides_what_is_named_and_keeps_the_rest(command, trained, tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    command("split", trained / "pictures", "--proportions", "train=0.5", "--proportions", "test=0.5", "-o", first)
    again = ["--from", "train", "--proportions", "train=0.5", "--proportions", "validation=0.5"]
    assert command("split", first, *again, "-o", second)[0] == 0
    assert pd.read_csv(second)["split"].value_counts().to_dict() == {"test": 12, "train": 6, "validation": 6}
    status, _, err = command("split", first)
    assert status == 1
    assert "`images` already has the column 'split'" in err


def test_evaluation_takes_the_test_split_and_says_so(command, trained, tmp_path):
    images = tidycnn.image_table(trained / "pictures", progress=False)
    images["split"] = ["test" if i % 2 else "train" for i in range(len(images))]
    images.to_csv(tmp_path / "images.csv", index=False)
    status, out, err = command("evaluate", trained / "cells", tmp_path / "images.csv", "--confusion")
    assert status == 0
    assert pd.read_csv(StringIO(out))["n"].sum() == 12
    assert "the 12 images of the split 'test'" in err


@pytest.mark.slow
def test_evaluation_names_the_splits_where_the_one_asked_for_is_not_there(command, trained, tmp_path):
    images = tidycnn.image_table(trained / "pictures", progress=False).assign(split="train")
    images.to_csv(tmp_path / "images.csv", index=False)
    status, _, err = command("evaluate", trained / "cells", tmp_path / "images.csv")
    assert status == 1
    assert "No image has the split 'test'; the splits are 'train'." in err


LONG = ["--model", "cnn", "--target-size", "32", "--epochs", "10000", "--batch-size", "4", "--seed", "1"]


class Acts(Silence):
    """Does something once so many steps of a fit are done."""

    def __init__(self, act, steps=3):
        self.act, self.steps, self.is_fitting = act, steps, False

    def start(self, task, description, total, done):
        self.is_fitting = description == "Fitting"

    def update(self, task, done, note):
        if self.is_fitting and done >= self.steps:
            self.is_fitting = False
            self.act()


def sends(number):
    return Acts(lambda: signal.raise_signal(number))


SIGNALS = [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "ended by SIGTERM")]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "words"), SIGNALS, ids=["SIGINT", "SIGTERM"])
def test_a_training_that_a_signal_ends_saves_what_was_learned_and_says_so(command, trained, tmp_path, number, words):
    with listening(sends(number)):
        status, _, err = command("train", trained / "pictures", "--save", tmp_path / "cells", *LONG)
    assert status == 128 + number
    assert (tmp_path / "cells" / "classifier.json").is_file()
    assert err.splitlines()[-1] == (
        f"The training was {words}: what was learned is saved in {str(tmp_path / 'cells')!r}."
    )


@pytest.mark.slow
def test_a_training_that_a_broken_file_ends_saves_what_was_learned_and_fails(command, trained, tmp_path):
    pictures = tmp_path / "pictures"
    shutil.copytree(trained / "pictures", pictures)
    with listening(Acts(lambda: shutil.rmtree(pictures), steps=8)):
        status, _, err = command("train", pictures, "--save", tmp_path / "cells", *LONG)
    assert (status, "Traceback" in err) == (1, False)
    assert "ImageFileError: " in err
    assert len(tidycnn.load_classifier(tmp_path / "cells").history) > 0
    assert "The training was ended early: what was learned is saved in " in err.splitlines()[-1]


@pytest.mark.slow
def test_a_classifier_that_cannot_be_saved_at_last_is_saved_elsewhere(command, trained, tmp_path):
    def get_in_the_way():
        (tmp_path / "cells").mkdir()
        (tmp_path / "cells" / "notes.txt").touch()

    with listening(Acts(get_in_the_way, steps=1)):
        options = [*LONG, "--epochs", "1"]
        status, _, err = command("train", trained / "pictures", "--save", tmp_path / "cells", *options)
    assert (status, list((tmp_path / "cells").iterdir())) == (1, [tmp_path / "cells" / "notes.txt"])
    rescued = re.search(r"All is saved in '(.*)' instead", err)[1]
    assert tidycnn.load_classifier(rescued).history["epoch"].max() == 1
    shutil.rmtree(Path(rescued).parent)


ON_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "tidycnn", *sys.argv[1:]])
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="has no such terminals")
def test_a_training_whose_terminal_is_closed_saves_what_was_learned(trained, tmp_path):
    import pty

    arguments = ["train", str(trained / "pictures"), "--save", str(tmp_path / "cells"), *LONG]
    terminal, inside = pty.openpty()
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), inside)
    process = subprocess.Popen([sys.executable, "-c", ON_A_TERMINAL, *arguments], start_new_session=True, **streams)
    os.close(inside)
    seen = b""
    while not re.search(rb"epoch ([3-9]|\d\d+)/", seen):
        seen += os.read(terminal, 65536)
    os.close(terminal)
    assert process.wait(timeout=120) == 128 + signal.SIGHUP
    assert (tmp_path / "cells" / "classifier.json").is_file()


TELLS_WHEN_IT_FITS = """
import sys
from tidycnn.cli import main
from tidycnn.core.progress import Silence, listening
class Teller(Silence):
    def start(self, task, description, total, done):
        if description == "Fitting":
            print("fitting", flush=True)
with listening(Teller()):
    main(sys.argv[1:])
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="has no such signals")
@pytest.mark.parametrize("numbers", [[2], [15], [1], [15, 1]], ids=["SIGINT", "SIGTERM", "SIGHUP", "both"])
def test_a_shell_sees_how_a_training_ended_and_no_traceback(trained, tmp_path, numbers):
    arguments = ["train", str(trained / "pictures"), "--save", str(tmp_path / "cells"), *LONG]
    command = [sys.executable, "-c", TELLS_WHEN_IT_FITS, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "fitting\n"
        for number in numbers:
            process.send_signal(number)
        _, err = process.communicate(timeout=120)
    assert process.returncode in [128 + number for number in numbers]
    assert "Traceback" not in err
    assert "what was learned is saved in" in err.splitlines()[-1]
    assert (tmp_path / "cells" / "classifier.json").is_file()


def test_the_last_words_of_a_training_say_where_all_is(command, trained, tmp_path):
    paths = ["--save", tmp_path / "cells", "-o", tmp_path / "history.csv"]
    _, _, err = command("train", trained / "pictures", *paths, *TINY[:-1])
    assert err.splitlines()[-2:] == [
        f"The table is written to {str(tmp_path / 'history.csv')!r}.",
        f"The classifier is saved in {str(tmp_path / 'cells')!r}.",
    ]


def test_images_are_standardized_when_asked(command, trained, tmp_path):
    status, _, _ = command("train", trained / "pictures", "--save", tmp_path / "cells", "--standardize", *TINY)
    assert status == 0
    preprocessing = tidycnn.load_classifier(tmp_path / "cells").preprocessing
    assert preprocessing.samplewise_center and preprocessing.samplewise_std_normalization
