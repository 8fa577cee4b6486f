from .core.sitrep import tidycnn_sitrep as tidycnn_sitrep
from .evaluate.confusion import classification_report as classification_report
from .evaluate.confusion import confusion_matrix as confusion_matrix
from .evaluate.metrics import list_metrics as list_metrics
from .evaluate.metrics import score_predictions as score_predictions
from .model.cnn import cnn as cnn
from .model.freeze import freeze_weights as freeze_weights
from .model.freeze import unfreeze_weights as unfreeze_weights
from .model.layers import list_layers as list_layers
from .model.named import blood_cells_deep as blood_cells_deep
from .model.named import blood_cells_small as blood_cells_small
from .model.named import weather_cnn as weather_cnn
from .model.resnet import resnet_cifar as resnet_cifar

__version__: str
