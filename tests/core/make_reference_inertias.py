"""Write down what scikit-learn finds, for tests that would wait long for it.

python tests/core/make_reference_inertias.py
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from skimage import data
from sklearn.cluster import KMeans

PHOTOGRAPHS = ("immunohistochemistry", "retina", "cell", "microaneurysms")
FILE = Path(__file__).with_name("reference_inertias.json")


def scikit_learn_inertia(image, n_clusters):
    """Return the best inertia of ten restarts."""
    pixels = image.reshape(-1, image.shape[-1] if image.ndim == 3 else 1)
    # Weights are as good as repeats, and much faster.
    values, counts = np.unique(pixels, axis=0, return_counts=True)
    model = KMeans(n_clusters, n_init=10, random_state=0)
    return model.fit(values.astype(float), sample_weight=counts).inertia_


if __name__ == "__main__":
    inertias = {
        name: {k: scikit_learn_inertia(getattr(data, name)(), k) for k in range(2, 9)}
        for name in PHOTOGRAPHS
    }
    text = json.dumps({"version": sklearn.__version__, **inertias}, indent=1)
    FILE.write_text(text + "\n", encoding="utf-8")
