"""The networks of `keras.applications`, each one record: what Keras calls it, what it sees, its weights and its blocks.

Nothing here builds a network (`pretrained` does), and nothing needs Keras. A test holds the records against Keras.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias

from tidycnn.model import _marks
from tidycnn.model._marks import Mark

# What Keras's `preprocess_input()` does to grey levels; "included" networks do it themselves.
Scaling: TypeAlias = Literal["caffe", "tf", "torch", "included"]
# Of the images of ImageNet, red, green and blue as shares of 255.
MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Variant(NamedTuple):
    """One of the widths of a network: its factor, and of it without top the parameters, the file and its hash.

    The name of the file may have a place for the `size` of the images. Keras publishes MD5 or SHA-256, or nothing.
    """

    alpha: float | None
    parameters: int
    file: str
    hash: str | None


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
        What is done to grey levels in front of it.
    size
        Height and width of the images that its weights were learned on.
    least
        Height and width of the smallest images that it takes.
    depth
        How many convolutions and dense layers lie behind one another at most, without top.
    marks
        What tells its blocks.
    variants
        Its widths; one where it has no `alpha`.
    sizes
        Heights and widths of images for which there are weights of their own; `size` alone where not given.
    """

    name: str
    function: str
    module: str
    model: str
    scaling: Scaling
    size: int
    least: int
    depth: int
    marks: tuple[Mark, ...]
    variants: tuple[Variant, ...]
    sizes: tuple[int, ...] = ()

    @cached_property
    def is_of(self) -> re.Pattern[str]:
        """What the name of such a model matches."""
        return re.compile(self.model)

    @property
    def has_alpha(self) -> bool:
        """Whether it comes in several widths."""
        return self.variants[0].alpha is not None

    def variant(self, alpha: float | None) -> Variant | None:
        """Give the width of a factor, 1 where none is given; None where there are no weights of it."""
        wanted = 1.0 if alpha is None and self.has_alpha else alpha
        return next((each for each in self.variants if each.alpha == wanted), None)

    def file(self, variant: Variant, size: Sequence[int]) -> str:
        """Give the name of the file of weights for images of a height and width."""
        known = size[0] if size[0] == size[1] and size[0] in self.sizes else self.size
        return variant.file.format(size=known)


def _single(parameters: int, name: str, hash_: str) -> list[Variant]:
    return [Variant(None, parameters, f"{name}_weights_tf_dim_ordering_tf_kernels_notop.h5", hash_)]


# Without top, by depth: parameters, convolutions behind one another, hash.
_RESNETS = {
    50: (23_587_712, 49, "4d473c1dd8becc155b73f8504c6f6626"),
    101: (42_658_176, 100, "88cf7a10940856eca736dc7b7e228a21"),
    152: (58_370_944, 151, "ee4c566cf9a93f14d82f913c2dc6dd0c"),
}
_RESNETS_V2 = {
    50: (23_564_800, 49, "fac2f116257151a9d068a22e544a4917"),
    101: (42_626_560, 100, "c0ed64b8031c3730f411d2eb4eea35b5"),
    152: (58_331_648, 151, "ed17cf2e0169df9d443503ef94b23b33"),
}
_DENSENETS = {
    121: (7_037_504, 120, "30ee3e1110167f948a6b9946edeeb738"),
    169: (12_642_880, 168, "b8c4d4c20dd625c148057b9ff1c1176b"),
    201: (18_321_984, 200, "c13680b51ded0fb44dff2d8f86ac8bb1"),
}
# By kind: parameters, depth, size of the images where they differ, hash.
_EFFICIENTNETS = {
    "b0": (4_049_571, 81, 224, "50bc09e76180e00e4465e1a485ddc09d"),
    "b1": (6_575_239, 115, 240, "74c4e6b3e1f6a1eea24c589628592432"),
    "b2": (7_768_569, 115, 260, "111f8e2ac8aa800a7a99e3239f7bfb39"),
    "b3": (10_783_535, 130, 300, "af6d107764bb5b1abb91932881670226"),
    "b4": (17_673_823, 160, 380, "ebc24e6d6c33eaebbd558eafbeedf1ba"),
    "b5": (28_513_527, 194, 456, "38879255a25d3c92d5e44e04ae6cec6f"),
    "b6": (40_960_143, 224, 528, "9ecce42647a20130c1f39a5d4cb75743"),
    "b7": (64_097_687, 273, 600, "cbcfe4450ddf6f3ad90b1b398090fe4a"),
}
_EFFICIENTNETS_V2 = {
    "b0": (5_919_312, 91, 224, "893217f2bb855e2983157299931e43ff"),
    "b1": (6_931_124, 111, 240, "0e80663031ca32d657f9caa404b6ec37"),
    "b2": (8_769_374, 116, 260, "1dfe2e7a5d45b6632553a8961ea609eb"),
    "b3": (12_930_622, 136, 300, "f6abf7b5849ac99a89b50dd3fd532856"),
    "s": (20_331_360, 170, 384, "af0682fb74e8c54910f2d4393339c070"),
    "m": (53_150_388, 245, 480, "1b8dc055df72dde80d614482840fe342"),
    "l": (117_746_848, 339, 480, "b0b66b5c863aef5b46e8608fe1711615"),
}
_CONVNEXTS = {
    "Tiny": (27_820_128, 58, "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1"),
    "Small": (49_454_688, 112, "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab"),
    "Base": (87_566_464, 112, "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45"),
    "Large": (196_230_336, 112, "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd"),
    "XLarge": (348_147_968, 112, "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05"),
}
_NASNETS = {
    "Mobile": (4_269_716, 57, 224, "1ed92395b5b598bdda52abe5c0dbfd63"),
    "Large": (84_916_818, 75, 331, "d81d89dc07e6e56530c4e77faddd61b5"),
}
# By alpha: parameters, and the hash where Keras publishes one.
_MOBILES = ((0.25, "2_5", 218_544), (0.5, "5_0", 829_536), (0.75, "7_5", 1_832_976), (1.0, "1_0", 3_228_864))
_MOBILES_V2 = {0.35: 410_208, 0.5: 706_224, 0.75: 1_382_064, 1.0: 2_257_984, 1.3: 3_766_048, 1.4: 4_363_712}
_MOBILES_V3 = {
    "Small": (
        52,
        {0.75: (583_160, "ebdb5cc8e0b497cd13a7c275d475c819"), 1.0: (939_120, "d3e8ec802a04aa4fc771ee12a9a9b836")},
    ),
    "Large": (
        62,
        {0.75: (1_808_736, "40af19a13ebea4e2ee0c676887f69a2e"), 1.0: (2_996_352, "07fb09a5933dd0c8eaafa16978110389")},
    ),
}


class _Family(NamedTuple):
    """What networks of a kind share: where their `preprocess_input()` lies, the scaling, the least size, the marks."""

    module: str
    scaling: Scaling
    marks: tuple[Mark, ...]
    least: int = 32


def _network(
    name: str,
    function: str,
    family: _Family,
    depth: int,
    variants: Sequence[Variant],
    *,
    size: int = 224,
    sizes: tuple[int, ...] = (),
    model: str | None = None,
) -> Application:
    pattern = f"^{function.lower()}$" if model is None else model
    variants = tuple(variants)
    module, scaling, marks, least = family
    return Application(name, function, module, pattern, scaling, size, least, depth, marks, variants, sizes)


_VGG16, _VGG19 = (_Family(f"vgg{n}", "caffe", _marks.BY_NUMBER) for n in (16, 19))
_RESNET, _RESNET_V2 = _Family("resnet", "caffe", _marks.BY_STAGE), _Family("resnet_v2", "tf", _marks.BY_STAGE)
_INCEPTION = _Family("inception_v3", "tf", _marks.INCEPTION, 75)
_INCEPTION_RESNET = _Family("inception_resnet_v2", "tf", _marks.INCEPTION_RESNET, 75)
_XCEPTION = _Family("xception", "tf", _marks.BY_NUMBER, 71)
_DENSENET = _Family("densenet", "torch", _marks.BY_STAGE)
_MOBILE, _MOBILE_V2 = _Family("mobilenet", "tf", _marks.MOBILE), _Family("mobilenet_v2", "tf", _marks.MOBILE_V2)
_MOBILE_V3 = _Family("mobilenet_v3", "included", _marks.MOBILE_V3)
_NASNET = _Family("nasnet", "tf", _marks.NASNET)
_EFFICIENT = _Family("efficientnet", "included", _marks.SCALED_UP)
_EFFICIENT_V2 = _Family("efficientnet_v2", "included", _marks.SCALED_UP)
_CONVNEXT = _Family("convnext", "included", _marks.CONVNEXT)

_ALL = (
    _network("vgg16", "VGG16", _VGG16, 13, _single(14_714_688, "vgg16", "6d6bbae143d832006294945121d1f1fc")),
    _network("vgg19", "VGG19", _VGG19, 16, _single(20_024_384, "vgg19", "253f8cb515780f3b799900260a226db6")),
    *(
        _network(f"resnet{n}", f"ResNet{n}", _RESNET, depth, _single(parameters, f"resnet{n}", hash_))
        for n, (parameters, depth, hash_) in _RESNETS.items()
    ),
    *(
        _network(f"resnet{n}_v2", f"ResNet{n}V2", _RESNET_V2, depth, _single(parameters, f"resnet{n}v2", hash_))
        for n, (parameters, depth, hash_) in _RESNETS_V2.items()
    ),
    _network(
        "inception_v3",
        "InceptionV3",
        _INCEPTION,
        47,
        _single(21_802_784, "inception_v3", "bcbd6486424b2319ff4ef7d526e38f63"),
        size=299,
        model="^inception_v3$",
    ),
    _network(
        "inception_resnet_v2",
        "InceptionResNetV2",
        _INCEPTION_RESNET,
        175,
        _single(54_336_736, "inception_resnet_v2", "d19885ff4a710c122648d3b5c3b684e4"),
        size=299,
        model="^inception_resnet_v2$",
    ),
    _network(
        "xception",
        "Xception",
        _XCEPTION,
        36,
        _single(20_861_480, "xception", "b0042744bf5b25fce3cb969f33bebb97"),
        size=299,
    ),
    *(
        _network(f"densenet{n}", f"DenseNet{n}", _DENSENET, depth, _single(parameters, f"densenet{n}", hash_))
        for n, (parameters, depth, hash_) in _DENSENETS.items()
    ),
    _network(
        "mobilenet",
        "MobileNet",
        _MOBILE,
        27,
        [
            Variant(alpha, parameters, f"mobilenet_{text}_{{size}}_tf_no_top.h5", None)
            for alpha, text, parameters in _MOBILES
        ],
        sizes=(128, 160, 192, 224),
        model=r"^mobilenet_\d",
    ),
    _network(
        "mobilenet_v2",
        "MobileNetV2",
        _MOBILE_V2,
        52,
        [
            Variant(
                alpha, parameters, f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_{{size}}_no_top.h5", None
            )
            for alpha, parameters in _MOBILES_V2.items()
        ],
        sizes=(96, 128, 160, 192, 224),
        model=r"^mobilenetv2_\d",
    ),
    *(
        _network(
            f"mobilenet_v3_{kind.lower()}",
            f"MobileNetV3{kind}",
            _MOBILE_V3,
            depth,
            [
                Variant(alpha, parameters, f"weights_mobilenet_v3_{kind.lower()}_224_{alpha}_float_no_top_v2.h5", hash_)
                for alpha, (parameters, hash_) in widths.items()
            ],
            model=f"^MobileNetV3{kind}$",
        )
        for kind, (depth, widths) in _MOBILES_V3.items()
    ),
    *(
        _network(
            f"nasnet{kind.lower()}",
            f"NASNet{kind}",
            _NASNET,
            depth,
            [Variant(None, parameters, f"nasnet_{kind.lower()}_no_top.h5", hash_)],
            size=size,
            model=f"^nasnet_{kind.lower()}$",
        )
        for kind, (parameters, depth, size, hash_) in _NASNETS.items()
    ),
    *(
        _network(
            f"efficientnet_{kind}",
            f"EfficientNet{kind.upper()}",
            _EFFICIENT,
            depth,
            [Variant(None, parameters, f"efficientnet{kind}_notop.h5", hash_)],
            size=size,
        )
        for kind, (parameters, depth, size, hash_) in _EFFICIENTNETS.items()
    ),
    *(
        _network(
            f"efficientnet_v2{kind}",
            f"EfficientNetV2{kind.upper()}",
            _EFFICIENT_V2,
            depth,
            [Variant(None, parameters, f"efficientnetv2-{kind}_notop.h5", hash_)],
            size=size,
            model=f"^efficientnetv2-{kind}$",
        )
        for kind, (parameters, depth, size, hash_) in _EFFICIENTNETS_V2.items()
    ),
    *(
        _network(
            f"convnext_{kind.lower()}",
            f"ConvNeXt{kind}",
            _CONVNEXT,
            depth,
            [Variant(None, parameters, f"convnext_{kind.lower()}_notop.h5", hash_)],
            model=f"^convnext_{kind.lower()}$",
        )
        for kind, (parameters, depth, hash_) in _CONVNEXTS.items()
    ),
)
APPLICATIONS: Mapping[str, Application] = {each.name: each for each in _ALL}


def application_of(model: Any) -> Application | None:
    """Tell which network of the table a model is, by the name that Keras gave it; None for any other."""
    return next((each for each in _ALL if each.is_of.search(model.name)), None)
