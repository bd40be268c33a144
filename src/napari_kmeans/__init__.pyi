from .core.model import KMeansModel as KMeansModel
from .core.pyramid import segment_levels as segment_levels
from .core.segmentation import Segmentation as Segmentation
from .core.segmentation import segment as segment
from .core.value_mask import value_mask as value_mask

__version__: str
