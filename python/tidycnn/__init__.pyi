from .core.sitrep import tidycnn_sitrep as tidycnn_sitrep
from .evaluate.confusion import classification_report as classification_report
from .evaluate.confusion import confusion_matrix as confusion_matrix
from .evaluate.metrics import list_metrics as list_metrics
from .evaluate.metrics import score_predictions as score_predictions
from .fit.classifier import as_classifier as as_classifier
from .fit.predict import predict_images as predict_images
from .fit.run import fit_classifier as fit_classifier
from .flow.doors import flow_images as flow_images
from .flow.doors import flow_images_from_data as flow_images_from_data
from .flow.doors import flow_images_from_dataframe as flow_images_from_dataframe
from .flow.doors import flow_images_from_directory as flow_images_from_directory
from .flow.generator import ImageDataGenerator as ImageDataGenerator
from .flow.generator import image_data_generator as image_data_generator
from .images.table import class_counts as class_counts
from .images.table import image_table as image_table
from .model.cnn import cnn as cnn
from .model.freeze import freeze_weights as freeze_weights
from .model.freeze import unfreeze_weights as unfreeze_weights
from .model.layers import list_layers as list_layers
from .model.named import blood_cells_deep as blood_cells_deep
from .model.named import blood_cells_small as blood_cells_small
from .model.named import weather_cnn as weather_cnn
from .model.resnet import resnet_cifar as resnet_cifar
from .report.plots import autoplot as autoplot

__version__: str
