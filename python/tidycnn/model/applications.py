"""The networks of `keras.applications`, each one record: what Keras calls it, what it sees, and its blocks.

Nothing here builds a network (`pretrained` does), and nothing needs Keras.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias

# What Keras's `preprocess_input()` does to grey levels; "included" networks do it themselves.
Scaling: TypeAlias = Literal["caffe", "tf", "torch", "included"]


class Mark(NamedTuple):
    """A pattern of layer names that tells a block, whose name is a template of its groups.

    Such a layer belongs to the block, or ends it: all layers since the last that was told belong to it then.
    """

    pattern: str
    block: str
    ends: bool = False


_BY_NUMBER = (Mark(r"^(block\d+)_", r"\1"),)
_BY_STAGE = (Mark(r"^(conv\d)_", r"\1"),)
_SCALED_UP = (
    Mark(r"^stem_", "stem"),
    Mark(r"^(block\d+)[^_\d]+_", r"\1"),
    Mark(r"^top_(?!dropout)", "top"),
)
_MOBILE = (
    Mark(r"^conv1(?:_|$)", "stem"),
    Mark(r"^conv_(?:pad|dw|pw)_(\d+)", r"block_\1"),
    Mark("^conv_preds$", "head"),
)
_MOBILE_V2 = (
    Mark(r"^(?:bn_)?Conv1(?:_|$)", "stem"),
    Mark(r"^(expanded_conv)_", r"\1"),
    Mark(r"^(block_\d+)_", r"\1"),
    Mark(r"^(?:Conv_1|out_relu)", "top"),
)
_MOBILE_V3 = (
    Mark(r"^conv(?:_bn)?$", "stem"),
    Mark(r"^(expanded_conv(?:_\d+)?)_", r"\1"),
    Mark(r"^conv_1(?:_bn)?$", "top"),
    Mark(r"^(?:conv_2|logits|predictions)$", "head"),
)
_INCEPTION = (Mark(r"^(mixed\d+)$", r"\1", ends=True),)
_INCEPTION_RESNET = (
    Mark(r"^(mixed_\d[ab])$", r"\1", ends=True),
    Mark(r"^(block\d+)_\d+_ac$", r"\1", ends=True),
    Mark(r"^(conv_7b)(?:_|$)", r"\1"),
)
_NASNET = (
    Mark(r"^stem_", "stem"),
    Mark(r"^(?:adjust|normal|reduction|separable)_.*_(stem_\d+)$", r"\1"),
    Mark(r"^(?:adjust|normal|reduction|separable)_.*_(reduce_\d+)$", r"\1"),
    Mark(r"^(?:adjust|normal|reduction|separable)_.*_(\d+)$", r"cell_\1"),
)
_CONVNEXT = (Mark(r"_stem_", "stem"), Mark(r"_(stage_\d+)_", r"\1"))


@dataclass(frozen=True)
class Application:
    """A network of `keras.applications`.

    Parameters
    ----------
    name
        What we call it: Keras's function in lower case, as R-Keras has it behind `application_`.
    function
        What Keras calls it.
    module
        Where its `preprocess_input()` lies in `keras.applications`.
    model
        A pattern of the names that Keras gives to such models.
    scaling
        What it does to grey levels before the first layer with weights.
    size
        Height and width of the images that its weights were learned on.
    least
        Height and width of the smallest images that it takes.
    marks
        What tells its blocks.
    """

    name: str
    function: str
    module: str
    model: str
    scaling: Scaling
    size: int
    least: int
    marks: tuple[Mark, ...]

    @cached_property
    def is_of(self) -> re.Pattern[str]:
        """What the name of such a model matches."""
        return re.compile(self.model)


_RESNETS = (50, 101, 152)
# Sizes of EfficientNet B0 to B7, and of the networks of version 2.
_SIZES = (224, 240, 260, 300, 380, 456, 528, 600)
_SIZES_V2 = {"b0": 224, "b1": 240, "b2": 260, "b3": 300, "s": 384, "m": 480, "l": 480}
_CONVNEXTS = ("Tiny", "Small", "Base", "Large", "XLarge")

_ALL = (
    Application("vgg16", "VGG16", "vgg16", "^vgg16$", "caffe", 224, 32, _BY_NUMBER),
    Application("vgg19", "VGG19", "vgg19", "^vgg19$", "caffe", 224, 32, _BY_NUMBER),
    *(Application(f"resnet{n}", f"ResNet{n}", "resnet", f"^resnet{n}$", "caffe", 224, 32, _BY_STAGE) for n in _RESNETS),
    *(
        Application(f"resnet{n}_v2", f"ResNet{n}V2", "resnet_v2", f"^resnet{n}v2$", "tf", 224, 32, _BY_STAGE)
        for n in _RESNETS
    ),
    Application("inception_v3", "InceptionV3", "inception_v3", "^inception_v3$", "tf", 299, 75, _INCEPTION),
    Application(
        "inception_resnet_v2",
        "InceptionResNetV2",
        "inception_resnet_v2",
        "^inception_resnet_v2$",
        "tf",
        299,
        75,
        _INCEPTION_RESNET,
    ),
    Application("xception", "Xception", "xception", "^xception$", "tf", 299, 71, _BY_NUMBER),
    *(
        Application(f"densenet{n}", f"DenseNet{n}", "densenet", f"^densenet{n}$", "torch", 224, 32, _BY_STAGE)
        for n in (121, 169, 201)
    ),
    Application("mobilenet", "MobileNet", "mobilenet", r"^mobilenet_\d", "tf", 224, 32, _MOBILE),
    Application("mobilenet_v2", "MobileNetV2", "mobilenet_v2", r"^mobilenetv2_\d", "tf", 224, 32, _MOBILE_V2),
    *(
        Application(
            f"mobilenet_v3_{size.lower()}",
            f"MobileNetV3{size}",
            "mobilenet_v3",
            f"^MobileNetV3{size}$",
            "included",
            224,
            32,
            _MOBILE_V3,
        )
        for size in ("Small", "Large")
    ),
    Application("nasnetmobile", "NASNetMobile", "nasnet", "^nasnet_mobile$", "tf", 224, 32, _NASNET),
    Application("nasnetlarge", "NASNetLarge", "nasnet", "^nasnet_large$", "tf", 331, 32, _NASNET),
    *(
        Application(
            f"efficientnet_b{n}",
            f"EfficientNetB{n}",
            "efficientnet",
            f"^efficientnetb{n}$",
            "included",
            size,
            32,
            _SCALED_UP,
        )
        for n, size in enumerate(_SIZES)
    ),
    *(
        Application(
            f"efficientnet_v2{kind}",
            f"EfficientNetV2{kind.upper()}",
            "efficientnet_v2",
            f"^efficientnetv2-{kind}$",
            "included",
            size,
            32,
            _SCALED_UP,
        )
        for kind, size in _SIZES_V2.items()
    ),
    *(
        Application(
            f"convnext_{kind.lower()}",
            f"ConvNeXt{kind}",
            "convnext",
            f"^convnext_{kind.lower()}$",
            "included",
            224,
            32,
            _CONVNEXT,
        )
        for kind in _CONVNEXTS
    ),
)
APPLICATIONS: dict[str, Application] = {each.name: each for each in _ALL}


def application_of(model: Any) -> Application | None:
    """Tell which network of the table a model is, by the name that Keras gave it; None for any other."""
    return next((each for each in _ALL if each.is_of.search(model.name)), None)
