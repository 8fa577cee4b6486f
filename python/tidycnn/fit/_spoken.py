"""Saying in the language of the system what `preflight()` found, and recognising what rules elsewhere said."""

from __future__ import annotations

import re
from functools import cache

from tidycnn.core.tongue import system_tongue
from tidycnn.fit._texts import TEXTS, Words

# Numbers with their nouns stand in values; those of quoted names stay as they are.
_NOUNS = {
    "image": "imagen",
    "images": "imágenes",
    "validation image": "imagen de validación",
    "validation images": "imágenes de validación",
    "identical file": "archivo idéntico",
    "identical files": "archivos idénticos",
    "group": "grupo",
    "groups": "grupos",
    "label": "etiqueta",
    "labels": "etiquetas",
    "unit": "unidad",
    "units": "unidades",
    "softmax units": "unidades softmax",
    "sigmoid unit": "unidad sigmoid",
    "parameter": "parámetro",
    "parameters": "parámetros",
    "step": "paso",
    "steps": "pasos",
    "epoch": "época",
    "epochs": "épocas",
    "weight": "peso",
    "weights": "pesos",
}
_NUMBERED = re.compile(rf"\b(\d[\d,.]*) ({'|'.join(sorted(_NOUNS, key=len, reverse=True))})\b( stands?\b)?")
_JOINED = {" and ": " y ", " or ": " o ", " more": " más"}
_QUOTED = re.compile("('(?:[^'\\\\]|\\\\.)*')")


def spell(key: str, **values: str) -> Words:
    """Say a text in the language of the system."""
    text = TEXTS[key]
    if system_tongue() == "en":
        return Words(text.en.message.format(**values), text.en.remedy.format(**values))
    spanish = {name: _in_spanish(value) for name, value in values.items()}
    return Words(text.es.message.format(**spanish), text.es.remedy.format(**spanish))


def recognise(said: str) -> tuple[str, Words] | None:
    """Give the check of what a rule elsewhere said, and its words in the language of the system; None if unknown."""
    for key, text in TEXTS.items():
        found = _pattern(key).fullmatch(said)
        if found:
            return text.check, spell(key, **found.groupdict())
    return None


@cache
def _pattern(key: str) -> re.Pattern[str]:
    whole = " ".join(filter(None, TEXTS[key].en))
    parts = re.split(r"\{(\w+)\}", whole)
    names = parts[1::2]
    spelled = [re.escape(part) for part in parts[::2]]
    for i, name in enumerate(names):
        spelled[i] += f"(?P={name})" if name in names[:i] else f"(?P<{name}>.+?)"
    return re.compile("".join(spelled), re.DOTALL)


def _in_spanish(value: str) -> str:
    """Translate the nouns and conjunctions of a value, but not what is quoted."""
    parts = _QUOTED.split(value)
    for i in range(0, len(parts), 2):
        parts[i] = _NUMBERED.sub(lambda found: f"{found[1]} {_NOUNS[found[2]]}", parts[i])
        for word, spanish in _JOINED.items():
            parts[i] = parts[i].replace(word, spanish)
    return "".join(parts)
