"""What tidycnn raises and warns of, to be caught by its name: `except tidycnn.errors.InputError`."""

from tidycnn.core.errors import (
    DependencyError,
    FixedError,
    ImageFileError,
    InputError,
    InputIndexError,
    InputTypeError,
    LossError,
    StoreError,
    TidycnnDeprecationWarning,
    TidycnnError,
    TidycnnWarning,
    UnsafeError,
)

__all__ = [
    "DependencyError",
    "FixedError",
    "ImageFileError",
    "InputError",
    "InputIndexError",
    "InputTypeError",
    "LossError",
    "StoreError",
    "TidycnnDeprecationWarning",
    "TidycnnError",
    "TidycnnWarning",
    "UnsafeError",
]
