"""Image classification with convolutional networks, with tidy results, the same from R and from Python.

`__init__.pyi` is the only list of the public names; each is imported when it is first used.
"""

import os

import lazy_loader

# TensorFlow reads these when it is imported; whoever set them keeps them.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
