import keras
import numpy as np
import pytest

from tidycnn.train.precision import computing_in


def make_model():
    inner = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.GlobalAveragePooling2D()])
    model = keras.Sequential([keras.Input((8, 8, 3)), inner, keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy")
    return model


def test_layers_compute_in_16_bits_but_the_last_and_are_as_before_afterwards():
    model = make_model()
    convolution, last = model.layers[0].layers[0], model.layers[-1]
    x = np.ones((2, 8, 8, 3), dtype=np.float32)
    before = model.predict(x, verbose=0)
    with computing_in(model, "bfloat16"):
        assert (convolution.compute_dtype, last.compute_dtype) == ("bfloat16", "float32")
        model.fit(x, np.eye(2), verbose=0)
        assert convolution(x).dtype == "bfloat16"
        assert model(x).dtype == "float32"
    assert (convolution.compute_dtype, convolution.kernel.dtype) == ("float32", "float32")
    assert model.predict(x, verbose=0).dtype == before.dtype


def test_a_layer_that_has_a_precision_of_its_own_keeps_it():
    layer = keras.layers.Conv2D(4, 3, dtype="mixed_float16")
    model = keras.Sequential([keras.Input((8, 8, 3)), layer, keras.layers.Flatten(), keras.layers.Dense(2)])
    with computing_in(model, "bfloat16"):
        assert layer.compute_dtype == "float16"
    assert layer.compute_dtype == "float16"


def test_a_training_that_fails_leaves_the_model_as_it_was():
    model = make_model()
    with pytest.raises(KeyboardInterrupt), computing_in(model, "bfloat16"):
        raise KeyboardInterrupt
    assert model.layers[0].layers[0].compute_dtype == "float32"


def test_the_loss_is_scaled_for_the_small_numbers_of_float16_and_its_optimizer_is_as_before_afterwards():
    model = make_model()
    own = model.optimizer
    x = np.ones((2, 8, 8, 3), dtype=np.float32)
    with computing_in(model, "float16"):
        assert model.layers[0].layers[0].compute_dtype == "float16"
        model.fit(x, np.eye(2), verbose=0)
        assert float(model.optimizer.dynamic_scale) > 1
    assert model.optimizer is own
    assert int(own.iterations) == 1
    assert model.layers[0].layers[0].compute_dtype == "float32"


def test_an_optimizer_that_scales_the_loss_already_stays():
    model = make_model()
    scaling = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD())
    model.compile(scaling, "categorical_crossentropy")
    with computing_in(model, "float16"):
        assert model.optimizer is scaling
