"""A stored model is looked into before it is opened."""

from __future__ import annotations

import io
import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

from tidycnn.core.errors import StoreError, UnsafeError, speaking
from tidycnn.model.archive import check_archive
from tidycnn.model.cnn import cnn
from tidycnn.model.resnet import resnet_cifar


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.keras"


def parts_of(model, path):
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_parts(parts, path, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.fixture
def parts(path):
    """Give the parts of a small model by name."""
    return parts_of(cnn((8, 8, 3), filters=2, units=None, seed=1), path)


def write_with_layer(parts, path, **layer):
    description = json.loads(parts["config.json"])
    description["config"]["layers"].append(layer)
    write_parts({**parts, "config.json": json.dumps(description)}, path)


def write_with_weights(parts, path, change):
    stream = io.BytesIO(parts["model.weights.h5"])
    with h5py.File(stream, "a") as file:
        change(file)
    write_parts({**parts, "model.weights.h5": stream.getvalue()}, path)


def test_honest_models_pass(path):
    image = keras.Input((32, 32, 3))
    scaled = keras.layers.Rescaling(2.0)(keras.ops.relu(image / 127.5 - 1))
    inner = resnet_cifar(depth=8, seed=1)
    model = keras.Model(image, keras.layers.Dense(2, activation=keras.activations.gelu)(inner(scaled)))
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    model.compile(keras.optimizers.Adam(schedule), keras.losses.CategoricalCrossentropy(), ["acc", keras.metrics.AUC()])
    model.save(path)
    check_archive(path, safe=True)


def test_a_lambda_layer_is_named_with_what_to_do(path):
    keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x, name="mine")]).save(path)
    with speaking("r"), pytest.raises(UnsafeError) as caught:
        check_archive(path, safe=True)
    assert str(caught.value) == (
        "The stored model carries code of its own: Lambda ('mine'), __lambda__.\n"
        "If you trust where it comes from, open it with `safe = FALSE`; then that code runs."
    )


def test_code_passes_where_that_is_wished(path):
    keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x)]).save(path)
    check_archive(path, safe=False)


def test_code_deep_inside_is_found(path):
    inner = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x, name="deep")])
    keras.Sequential([keras.Input((2,)), keras.Sequential([keras.Input((2,)), inner])]).save(path)
    with pytest.raises(UnsafeError, match="'deep'"):
        check_archive(path, safe=True)


@pytest.mark.parametrize(
    "layer",
    [
        {"class_name": "Own", "module": "mypackage.layers", "config": {}, "registered_name": "mine>Own"},
        {"class_name": "Own", "module": "keras.layers", "config": {}, "registered_name": "mine>Own"},
        {"class_name": "Own", "module": "os", "config": {}, "registered_name": None},
        {"class_name": "Own", "config": {}},
        {"class_name": ["Own"], "module": "keras.layers", "config": {}},
        {"class_name": "TFSMLayer", "module": "keras.layers", "config": {"filepath": "/tmp/x"}},
        {"class_name": "TorchModuleWrapper", "module": "keras.layers", "config": {}},
        {"class_name": "StringLookup", "module": "keras.layers", "config": {"vocabulary": "/etc/passwd"}},
        {"class_name": "ConvNeXtTiny", "module": "keras.src.applications.convnext", "config": {}},
        {"class_name": "function", "module": "keras.utils", "config": "get_file", "registered_name": "function"},
        {"class_name": "function", "module": "keras.saving", "config": "load_model"},
        {"class_name": "function", "module": "keras.opsx", "config": "relu"},
        {"class_name": "Variable", "module": "keras", "config": {}},
        {"class_name": "__typespec__", "module": "tensorflow", "config": []},
    ],
)
def test_what_is_neither_keras_nor_ours_is_refused(parts, path, layer):
    write_with_layer(parts, path, **layer)
    with pytest.raises(UnsafeError, match="carries code of its own"):
        check_archive(path, safe=True)


def test_classes_of_ours_pass(parts, path):
    write_with_layer(parts, path, class_name="Own", module="tidycnn.x", config={}, registered_name="tidycnn>Own")
    check_archive(path, safe=True)


@pytest.mark.parametrize("name", ["../escape.txt", "/etc/escape", "assets/x", "model.weights.npz"])
def test_unknown_parts_are_refused_by_name(parts, path, name):
    write_parts({**parts, name: b"x"}, path)
    with pytest.raises(UnsafeError, match=name.split("/")[-1]):
        check_archive(path, safe=False)


def test_a_part_given_twice_is_refused(parts, path):
    write_parts(parts, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("config.json", "{}")
    with pytest.raises(UnsafeError, match=r"config\.json"):
        check_archive(path, safe=False)


def test_a_part_that_would_fill_the_memory_is_refused(parts, path):
    write_parts({**parts, "config.json": b" " * 2**25}, path, zipfile.ZIP_DEFLATED)
    with pytest.raises(UnsafeError, match=r"fill the memory: its part 'config\.json' declares 33,554,432 bytes"):
        check_archive(path, safe=False)


def test_weights_that_would_fill_the_memory_are_refused(parts, path):
    write_with_weights(parts, path, lambda file: file.create_dataset("huge", shape=(2**30,), chunks=(2**20,)))
    with pytest.raises(UnsafeError, match="fill the memory: its part 'huge'"):
        check_archive(path, safe=False)


def test_many_small_weights_that_would_fill_the_memory_are_refused(parts, path):
    def change(file):
        for i in range(100):
            file.create_dataset(f"some {i}", shape=(2**20,), chunks=(2**20,))

    write_with_weights(parts, path, change)
    with pytest.raises(UnsafeError, match=r"fill the memory: its part 'model\.weights\.h5'"):
        check_archive(path, safe=False)


def test_weights_are_counted_once_each(parts, path):
    n = check_archive(path, safe=True)

    def change(file):
        file["some"] = np.zeros((2, 3))
        file["the same"] = file["some"]

    write_with_weights(parts, path, change)
    assert check_archive(path, safe=True) == n + 6


def add_external_link(file):
    file["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/x")


def add_soft_link(file):
    file["layers/elsewhere"] = h5py.SoftLink("/layers")


def add_external_data(file):
    file.create_dataset("elsewhere", (4,), "uint8", external=[("/etc/passwd", 0, 4)])


def add_virtual_data(file):
    layout = h5py.VirtualLayout(shape=(4,), dtype="uint8")
    layout[:] = h5py.VirtualSource("/tmp/other.h5", "x", shape=(4,))
    file.create_virtual_dataset("elsewhere", layout)


def add_text(file):
    file.create_dataset("elsewhere", data=np.array(["x"], dtype=h5py.string_dtype()))


@pytest.mark.parametrize("change", [add_external_link, add_soft_link, add_external_data, add_virtual_data, add_text])
def test_weights_that_lead_elsewhere_are_refused(parts, path, change):
    write_with_weights(parts, path, change)
    with pytest.raises(UnsafeError, match="'elsewhere'"):
        check_archive(path, safe=False)


def test_weights_that_hold_themselves_are_walked_once(parts, path):
    def change(file):
        file["layers/again"] = file["layers"]

    write_with_weights(parts, path, change)
    check_archive(path, safe=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"config.json": b"{"}, r"its part 'config\.json' is no JSON"),
        ({"config.json": b"[" * 100_000}, r"its part 'config\.json' is no JSON"),
        ({"model.weights.h5": b"x"}, r"its part 'model\.weights\.h5' is no whole HDF5 file"),
    ],
)
def test_a_damaged_part_is_named(parts, path, change, message):
    write_parts({**parts, **change}, path)
    with pytest.raises(StoreError, match=message):
        check_archive(path, safe=True)


def test_a_missing_part_is_named(parts, path):
    write_parts({name: content for name, content in parts.items() if name != "model.weights.h5"}, path)
    with pytest.raises(StoreError, match=r"it lacks its part 'model\.weights\.h5'"):
        check_archive(path, safe=True)


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_truncated_archive_is_told(parts, path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(StoreError, match="is no whole archive"):
        check_archive(path, safe=True)


def test_a_changed_byte_is_noticed(parts, path):
    content = bytearray(path.read_bytes())
    content[content.index(b"GlorotUniform")] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(StoreError, match=r"its part 'config\.json' does not have the content it had"):
        check_archive(path, safe=True)
