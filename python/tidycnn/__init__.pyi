from .model.cnn import cnn as cnn
from .model.named import blood_cells_deep as blood_cells_deep
from .model.named import blood_cells_small as blood_cells_small
from .model.named import weather_cnn as weather_cnn
from .model.resnet import resnet_cifar as resnet_cifar
