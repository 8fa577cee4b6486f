"""Settings as plain data: checked when they are made, written to a file and read again, compared name by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from tidycnn.core.checks import check_known, coerce
from tidycnn.core.errors import described

S = TypeVar("S", bound="Settings")


@dataclass(frozen=True)
class Settings:
    """Settings by name, which never change."""

    @classmethod
    def parameters(cls) -> list[str]:
        """Name the parameters."""
        return [each.name for each in dataclasses.fields(cls) if each.init]

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for a JSON file."""
        values = {name: getattr(self, name) for name in self.parameters()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls: type[S], data: Mapping[str, Any]) -> S:
        """Make them from what `to_dict()` gave; what is absent has its default."""
        check_known(data, "data", cls.parameters(), noun="parameters")
        return cls(**data)

    def differences(self: S, other: S) -> list[str]:
        """Name what differs from `other`, as `rescale` (0.00392157, not None) or `optimizer$rho` (0.9, not 0.95)."""
        return name_differences(self.to_dict(), other.to_dict())

    def _coerce(self) -> None:
        """Convert every parameter to its annotation, or say which one does not fit."""
        hints = get_type_hints(type(self))
        for name in self.parameters():
            object.__setattr__(self, name, coerce(getattr(self, name), hints[name], name))


def name_differences(mine: Mapping[str, Any], theirs: Mapping[str, Any], within: str = "") -> list[str]:
    """Name what differs in plain data, and what lies deeper by its path."""
    found: list[str] = []
    for name in dict.fromkeys([*mine, *theirs]):
        here, there = mine.get(name), theirs.get(name)
        if isinstance(here, Mapping) and isinstance(there, Mapping):
            found += name_differences(here, there, f"{within}{name}$")
        elif here != there or isinstance(here, float) != isinstance(there, float):
            found.append(f"`{within}{name}` ({described(here)}, not {described(there)})")
    return found
