from __future__ import annotations

import hashlib
import urllib.error

import h5py
import keras
import numpy as np
import pytest
from keras.src.utils import file_utils

from tidycnn.core.errors import DependencyError, InputError, StoreError, UnsafeError
from tidycnn.model import weights as module
from tidycnn.model.applications import APPLICATIONS, Variant
from tidycnn.model.pretrained import pretrained
from tidycnn.model.weights import Published, find_published, kept_file

SMALL = {"input_shape": (32, 32, 3), "alpha": 0.35}
FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"


@pytest.fixture(scope="module")
def model():
    """Give a network whose weights are written to files."""
    return pretrained("mobilenet_v2", None, **SMALL, seed=3)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Give the folder where Keras keeps weights, of an empty home of its own."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tidycnn.model.weights._WITHOUT_HOME", tmp_path / "elsewhere" / ".keras")
    folder = tmp_path / "home" / "models"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def no_network(monkeypatch):
    """Let every fetch fail."""

    def fail(*given):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(file_utils, "urlretrieve", fail)


def write_legacy(model, path):
    """Write weights as Keras of old did, and as it publishes them: by layers in their order."""
    with h5py.File(path, "w") as file:
        layers = [layer for layer in model.layers if layer.weights]
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{weight.name}:0" for weight in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, layer.get_weights(), strict=True):
                group[name] = value
    return path


def same(model, other):
    return all(np.array_equal(a, b) for a, b in zip(model.get_weights(), other.get_weights(), strict=True))


@pytest.mark.parametrize("ending", [".weights.h5", ".keras"])
def test_weights_come_from_a_file_of_keras(model, tmp_path, ending):
    path = tmp_path / f"mine{ending}"
    (model.save if ending == ".keras" else model.save_weights)(path)
    assert same(pretrained("mobilenet_v2", path, **SMALL, seed=1), model)


def test_weights_come_from_a_file_as_keras_publishes_them(model, tmp_path):
    path = write_legacy(model, tmp_path / "mine.h5")
    assert same(pretrained("mobilenet_v2", str(path), **SMALL, seed=1), model)


def test_imagenet_is_looked_for_where_keras_keeps_weights(model, home, no_network, heard):
    write_legacy(model, home / FILE)
    assert same(pretrained("mobilenet_v2", **SMALL), model)
    assert heard.remarks == []


def test_what_is_fetched_is_the_same_the_next_time(model, home, heard, monkeypatch):
    fetched = []
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(home.parent))
    monkeypatch.setattr(
        file_utils, "urlretrieve", lambda origin, path, *rest: fetched.append(write_legacy(model, path))
    )
    first, second = (pretrained("mobilenet_v2", **SMALL) for _ in range(2))
    assert same(first, model)
    assert same(second, model)
    assert (len(fetched), len(heard.remarks)) == (1, 1)
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]


def test_what_cannot_be_fetched_is_named_with_its_place(home, no_network, heard, capsys):
    with pytest.raises(DependencyError) as caught:
        pretrained("mobilenet_v2", **SMALL)
    assert caught.value.message.startswith(
        "The weights of 'mobilenet_v2' with alpha = 0.35 could not be fetched: URL fetch failure"
    )
    assert f"Put the file {FILE!r} into {str(home)!r}, or give `weights` its path." in str(caught.value.hint)
    assert heard.remarks[0].startswith("Keras fetches the weights of 'mobilenet_v2' with alpha = 0.35")
    assert capsys.readouterr().out == ""


def test_the_hash_is_told_where_keras_publishes_one(home, no_network, heard):
    with pytest.raises(DependencyError, match="hash 6d6bbae143d832006294945121d1f1fc"):
        pretrained("vgg16", input_shape=(32, 32, 3))


@pytest.mark.parametrize("is_fetched", [True, False])
def test_a_file_that_is_not_what_keras_publishes_is_refused(home, tmp_path, is_fetched):
    name = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    path = (home if is_fetched else tmp_path) / name
    path.write_bytes(b"something else")
    known = hashlib.md5(b"something else").hexdigest()
    with pytest.raises(StoreError, match=f"its hash is {known}, not 6d6bbae143d832006294945121d1f1fc"):
        pretrained("vgg16", "imagenet" if is_fetched else path)
    assert path.exists()


def test_a_file_of_another_network_or_width_is_refused_by_its_name(tmp_path):
    path = tmp_path / FILE
    path.touch()
    with pytest.raises(InputError, match=r"the weights of 'mobilenet_v2' with alpha = 0.35, not of 'vgg16'"):
        pretrained("vgg16", path)
    with pytest.raises(InputError, match=r"with alpha = 0.35, not of 'mobilenet_v2' with alpha = 0.5"):
        pretrained("mobilenet_v2", path, alpha=0.5)


@pytest.mark.parametrize("ending", [".h5", ".weights.h5", ".keras"])
@pytest.mark.parametrize(("name", "alpha"), [("mobilenet", 0.25), ("mobilenet_v2", 0.5)])
def test_weights_of_another_network_are_refused_and_told_by_their_number(model, tmp_path, ending, name, alpha):
    path = tmp_path / f"mine{ending}"
    if ending == ".h5":
        write_legacy(model, path)
    else:
        (model.save if ending == ".keras" else model.save_weights)(path)
    with pytest.raises(InputError) as caught:
        pretrained(name, path, input_shape=(32, 32, 3), alpha=alpha)
    assert f"has not the weights of {name!r} with alpha = {alpha} without top" in caught.value.message
    assert "are as many as 'mobilenet_v2' with alpha = 0.35 has" in str(caught.value.hint)


def test_a_file_of_another_kind_or_damaged_is_refused(tmp_path):
    path = tmp_path / "mine.txt"
    path.touch()
    with pytest.raises(InputError, match=r"must be a file that ends in \.h5, \.weights\.h5 or \.keras, not 'mine.txt'"):
        pretrained("vgg16", path)
    damaged = tmp_path / "mine.h5"
    damaged.write_bytes(b"nothing")
    with pytest.raises(StoreError, match="is damaged: it is no whole HDF5 file"):
        pretrained("mobilenet_v2", damaged, **SMALL)


def test_a_file_that_leads_elsewhere_is_refused(tmp_path):
    path = tmp_path / "mine.h5"
    with h5py.File(path, "w") as file:
        file["x"] = h5py.ExternalLink("other.h5", "/x")
    with pytest.raises(UnsafeError, match="lead to another place"):
        pretrained("mobilenet_v2", path, **SMALL)


def test_published_files_are_known_by_their_names():
    found = find_published("mobilenet_7_5_160_tf_no_top.h5")
    assert (found.application.name, found.variant.alpha) == ("mobilenet", 0.75)
    assert find_published("resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5").title == "'resnet50'"
    assert find_published("mine.h5") is None


def test_weights_are_kept_below_the_home_of_keras(home, monkeypatch, tmp_path):
    assert kept_file("x.h5") == home / "x.h5"
    elsewhere = tmp_path / "elsewhere" / ".keras" / "models"
    elsewhere.mkdir(parents=True)
    (elsewhere / "x.h5").touch()
    assert kept_file("x.h5") == elsewhere / "x.h5"
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert kept_file("y.h5") == tmp_path / ".keras" / "models" / "y.h5"


def test_published_weights_of_efficientnet_see_what_keras_shows_them(tmp_path, monkeypatch):
    """Keras divides once more by the root of the deviation where it has fetched the weights itself."""
    known = keras.applications.EfficientNetB0(include_top=False, weights=None, input_shape=(32, 32, 3))
    norm = next(layer for layer in known.layers if type(layer).__name__ == "Normalization")
    norm.set_weights([np.array([0.4, 0.5, 0.6]), np.array([0.05, 0.06, 0.07]), *norm.get_weights()[2:]])
    norm.finalize_state()
    path = write_legacy(known, tmp_path / "efficientnetb0_notop.h5")
    network = APPLICATIONS["efficientnet_b0"]
    variant = Variant(None, network.variants[0].parameters, path.name, hashlib.md5(path.read_bytes()).hexdigest())
    monkeypatch.setattr(module, "find_published", lambda name: None)
    model = keras.applications.EfficientNetB0(include_top=False, weights=None, input_shape=(32, 32, 3))
    wanted = Published(network, variant)
    module.load_into(model, path, wanted)
    module.adapt_to_file(model, path, wanted)
    x = np.full((1, 32, 32, 3), 200.0, dtype="float32")
    scaled = keras.Model(model.input, model.get_layer("stem_conv_pad").input)(x)
    expected = keras.Model(known.input, norm.output)(x) / np.sqrt([0.229, 0.224, 0.225])
    np.testing.assert_allclose(scaled, expected, rtol=1e-5)
