from .core.choosing.choice import Criteria as Criteria
from .core.choosing.suggestion import Suggestion as Suggestion
from .core.choosing.suggestion import suggest as suggest
from .core.choosing.sweep import sweep as sweep
from .core.convergence import Convergence as Convergence
from .core.convergence import converge as converge
from .core.memory import estimate_memory as estimate_memory
from .core.memory import free_memory as free_memory
from .core.model import KMeansModel as KMeansModel
from .core.progress import Progress as Progress
from .core.pyramid import segment_levels as segment_levels
from .core.segmentation import Segmentation as Segmentation
from .core.segmentation import segment as segment
from .core.settings import Settings as Settings
from .core.smoothing import reach as reach
from .core.value_mask import value_mask as value_mask
from .io.ome_zarr import open_ome_zarr as open_ome_zarr
from .io.ome_zarr import write_ome_zarr as write_ome_zarr
from .io.picture_files import save_gif as save_gif
from .io.picture_files import save_pictures as save_pictures
from .io.picture_files import save_sheet as save_sheet
from .io.pictures import Picture as Picture
from .io.pictures import pictures as pictures

__version__: str
