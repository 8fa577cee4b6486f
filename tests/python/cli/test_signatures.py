import inspect
import os
import typing
from collections.abc import Mapping, Sequence
from types import UnionType

import docstring_parser
import pytest

import tidycnn
from tidycnn.cli.signatures import UNTOLD, read_arguments

READ = [name for name in dir(tidycnn) if inspect.isfunction(getattr(tidycnn, name))]


def members(annotation):
    is_union = typing.get_origin(annotation) in (typing.Union, UnionType)
    return {annotation} if not is_union else {each for part in typing.get_args(annotation) for each in members(part)}


@pytest.mark.parametrize("name", READ)
def test_what_is_read_from_the_source_is_what_the_function_takes(name):
    function = getattr(tidycnn, name)
    expected = inspect.signature(function).parameters
    read = read_arguments(name)
    plain = [each for each in expected.values() if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
    assert list(read) == [each.name for each in plain]
    told = {each.name: read[each.name].default for each in plain if read[each.name].default is not UNTOLD}
    assert told == {argument: expected[argument].default for argument in told}
    untold = [expected[each.name].default for each in plain if each.name not in told]
    assert not [each for each in untold if each is not inspect.Parameter.empty and type(each).__module__ == "builtins"]


@pytest.mark.parametrize("name", READ)
def test_the_kinds_that_are_read_are_those_of_the_annotation(name):
    function = inspect.unwrap(getattr(tidycnn, name))
    names = {**vars(typing), "os": os, "Mapping": Mapping, "Sequence": Sequence, **function.__globals__}
    hints = typing.get_type_hints(function)
    for argument in read_arguments(name).values():
        meant = {type(None) if kind == "None" else eval(kind, names) for kind in argument.kinds}
        assert set().union(*map(members, meant)) == members(hints[argument.name]), argument.name


@pytest.mark.parametrize("name", READ)
def test_the_help_is_what_the_docstring_says(name):
    said = docstring_parser.parse(inspect.getdoc(getattr(tidycnn, name)), docstring_parser.DocstringStyle.NUMPYDOC)
    texts = {name: each.description for each in said.params for name in each.arg_name.split(", ") if name[0] != "*"}
    assert {argument.name: argument.help for argument in read_arguments(name).values()} == texts
