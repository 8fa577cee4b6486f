"""Which human language the system speaks."""

import ctypes
import locale
import os

import pytest

from tidycnn.core.tongue import system_tongue


@pytest.mark.parametrize(
    ("settings", "tongue"),
    [
        ({}, "en"),
        ({"LANG": "es_ES.UTF-8"}, "es"),
        ({"LANG": "es"}, "es"),
        ({"LANG": "et_EE.UTF-8"}, "en"),
        ({"LANG": "es_ES.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "es_MX.UTF-8"}, "es"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "es:en"}, "es"),
        ({"LANG": "es_ES.UTF-8", "LANGUAGE": "en:es"}, "en"),
    ],
)
def test_the_first_setting_that_says_something_rules(monkeypatch, settings, tongue):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert system_tongue() == tongue


def test_a_locale_that_r_has_set_goes_before_the_environment(monkeypatch):
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setattr(locale, "setlocale", lambda category: "es_ES.UTF-8")
    assert system_tongue() == "es"


@pytest.mark.skipif(os.name != "posix", reason="R and Python share one environment on POSIX systems only")
def test_what_r_sets_while_python_runs_is_heeded(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en")
    ctypes.CDLL(None).setenv(b"LANGUAGE", b"es", 1)
    assert (os.environ["LANGUAGE"], system_tongue()) == ("en", "es")
