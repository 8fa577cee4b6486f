"""What tidycnn takes and gives, for annotations and `isinstance()`: `tidycnn.types.TrainedClassifier`."""

from tidycnn.core.types import ImageFlow, KerasCallback, KerasModel, KerasOptimizer, PathLike, TrainedClassifier

__all__ = ["ImageFlow", "KerasCallback", "KerasModel", "KerasOptimizer", "PathLike", "TrainedClassifier"]
