from .core.model import KMeansModel as KMeansModel
from .core.segmentation import Segmentation as Segmentation
from .core.segmentation import segment as segment

__version__: str
