"""Images for the pictures of the docs, drawn by a formula: nothing is downloaded."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

N_CELLS = 26


def cells(shape: Sequence[int] = (24, 220, 280)) -> NDArray[np.uint16]:
    """Draw cells with bright nuclei and dim bodies, as a microscope sees them.

    Parameters
    ----------
    shape : sequence of int
        Of the volume: z, y and x.

    Returns
    -------
    ndarray of uint16 and shape (2, z, y, x)
        The nuclei, and the bodies.
    """
    random = np.random.default_rng(3)
    grid = np.indices(shape, np.float32)
    nuclei = np.zeros(shape, np.float32)
    bodies = np.zeros(shape, np.float32)
    for _ in range(N_CELLS):
        center = random.uniform(0.1, 0.9, 3) * shape
        radius = random.uniform(8, 14)
        far = (grid[0] - center[0]) ** 2 * 6
        far = far + (grid[1] - center[1]) ** 2 + (grid[2] - center[2]) ** 2
        bodies = np.maximum(bodies, random.uniform(0.6, 1) * (far < 4 * radius**2))
        nuclei = np.maximum(nuclei, random.uniform(0.6, 1) * (far < radius**2))
    noise = random.normal(0, 1, (2, *shape)).astype(np.float32)
    channels = [gaussian_filter(one, (0.7, 1.5, 1.5)) for one in (nuclei, bodies)]
    brightness = np.reshape([30_000, 3_000], (2, 1, 1, 1))
    image = brightness * (0.05 + np.stack(channels) + 0.03 * noise)
    return image.clip(0, 65_535).astype(np.uint16)


def growing(n_frames: int = 20) -> NDArray[np.uint16]:
    """Draw colonies that grow while the lamp fades.

    Parameters
    ----------
    n_frames : int
        How many frames.

    Returns
    -------
    ndarray of uint16 and shape (n_frames, 200, 260)
        The film.
    """
    random = np.random.default_rng(1)
    rows, columns = np.mgrid[:200, :260]
    centers = random.uniform(0.1, 0.9, (12, 2)) * (200, 260)
    far = np.min([np.hypot(rows - r, columns - c) for r, c in centers], axis=0)
    frames = []
    for frame in range(n_frames):
        image = 0.15 + 0.35 * (far < 12 + 1.6 * frame) + 0.4 * (far < 4 + frame)
        noisy = gaussian_filter(image, 1.2) + random.normal(0, 0.02, far.shape)
        frames.append(noisy * (1 - 0.6 * frame / n_frames))
    return (20_000 * np.stack(frames)).clip(0, 65_535).astype(np.uint16)


def heights() -> NDArray[np.float32]:
    """Draw a measured surface whose border and a scratch were not measured.

    Returns
    -------
    ndarray of float32 and shape (240, 320)
        In nanometres, NaN where nothing was measured.
    """
    random = np.random.default_rng(2)
    image = 400 * gaussian_filter(random.normal(0, 1, (240, 320)), 14)
    image += random.normal(0, 0.5, image.shape)
    rows, columns = np.indices(image.shape)
    image[np.hypot((rows - 120) / 110, (columns - 160) / 150) > 1] = np.nan
    image[np.abs(rows - 0.4 * columns - 40) < 2] = np.nan
    return image.astype(np.float32)
