"""Which human language the system speaks: that of R, or of the environment."""

from __future__ import annotations

import ctypes
import os
from typing import Literal, TypeAlias

Tongue: TypeAlias = Literal["en", "es"]

# In the order in which programs heed them.
_NAMES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def system_tongue() -> Tongue:
    """Give `"es"` where the system speaks Spanish, else `"en"`."""
    spoken = next(filter(None, map(_setting, _NAMES)), "")
    first = spoken.split(":", 1)[0].lower()
    return "es" if first == "es" or first.startswith(("es_", "es-", "es.", "spanish")) else "en"


def _setting(name: str) -> str:
    """Give a setting as it is now: Python knows those of its beginning, and R may have changed them since."""
    if os.name != "posix":
        return os.environ.get(name, "")
    get = ctypes.CDLL(None).getenv
    get.restype = ctypes.c_char_p
    value: bytes | None = get(name.encode())
    return (value or b"").decode(errors="replace")
