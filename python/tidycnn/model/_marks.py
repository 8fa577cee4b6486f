"""Patterns of the names of layers that tell the blocks of Keras's networks."""

from __future__ import annotations

from typing import NamedTuple


class Mark(NamedTuple):
    """A pattern of layer names that tells a block, whose name is a template of its groups.

    Such a layer belongs to the block, or ends it: all layers since the last that was told belong to it then.
    """

    pattern: str
    block: str
    ends: bool = False


BY_NUMBER = (Mark(r"^(block\d+)_", r"\1"),)
BY_STAGE = (Mark(r"^(conv\d)_", r"\1"),)
SCALED_UP = (
    Mark(r"^stem_", "stem"),
    Mark(r"^(block\d+)[^_\d]+_", r"\1"),
    Mark(r"^top_(?!dropout)", "top"),
)
MOBILE = (
    Mark(r"^conv1(?:_|$)", "stem"),
    Mark(r"^conv_(?:pad|dw|pw)_(\d+)", r"block_\1"),
    Mark("^conv_preds$", "head"),
)
MOBILE_V2 = (
    Mark(r"^(?:bn_)?Conv1(?:_|$)", "stem"),
    Mark(r"^(expanded_conv)_", r"\1"),
    Mark(r"^(block_\d+)_", r"\1"),
    Mark(r"^(?:Conv_1|out_relu)", "top"),
)
MOBILE_V3 = (
    Mark(r"^conv(?:_bn)?$", "stem"),
    Mark(r"^(expanded_conv(?:_\d+)?)_", r"\1"),
    Mark(r"^conv_1(?:_bn)?$", "top"),
    Mark(r"^(?:conv_2|logits|predictions)$", "head"),
)
INCEPTION = (Mark(r"^(mixed\d+)$", r"\1", ends=True),)
INCEPTION_RESNET = (
    Mark(r"^(mixed_\d[ab])$", r"\1", ends=True),
    Mark(r"^(block\d+)_\d+_ac$", r"\1", ends=True),
    Mark(r"^(conv_7b)(?:_|$)", r"\1"),
)
NASNET = (
    Mark(r"^stem_", "stem"),
    Mark(r"^(?:adjust|normal|reduction|separable)_.*_(stem_\d+)$", r"\1"),
    Mark(r"^(?:adjust|normal|reduction|separable)_.*_(reduce_\d+)$", r"\1"),
    Mark(r"^(?:adjust|normal|reduction|separable)_.*_(\d+)$", r"cell_\1"),
)
CONVNEXT = (Mark(r"_stem_", "stem"), Mark(r"_(stage_\d+)_", r"\1"))
