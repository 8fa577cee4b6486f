"""Which human language the system speaks: that of R, or of the environment."""

from __future__ import annotations

import ctypes
import locale
import os
from collections.abc import Iterator
from typing import Literal, TypeAlias

Tongue: TypeAlias = Literal["en", "es"]

_SPANISH = ("es_", "es-", "es.", "es@", "spanish")


def system_tongue() -> Tongue:
    """Give `"es"` where the system speaks Spanish, else `"en"`."""
    first = next(filter(None, _settings()), "").split(":", 1)[0].lower()
    return "es" if first == "es" or first.startswith(_SPANISH) else "en"


def _settings() -> Iterator[str]:
    """Give what is set, in the order in which programs heed it; Python alone sets no language of messages."""
    yield _setting("LANGUAGE")
    yield "" if os.name != "posix" or (set_ := locale.setlocale(locale.LC_MESSAGES)) == "C" else set_
    yield from map(_setting, ("LC_ALL", "LC_MESSAGES", "LANG"))
    yield locale.setlocale(locale.LC_CTYPE)


def _setting(name: str) -> str:
    """Give a setting as it is now: Python knows those of its beginning, and R may have changed them since."""
    if os.name != "posix":
        return os.environ.get(name, "")
    get = ctypes.CDLL(None).getenv
    get.restype = ctypes.c_char_p
    value: bytes | None = get(name.encode())
    return (value or b"").decode(errors="replace")
