"""The numbers: pixels, histograms, k-means. Knows no napari, no Qt, no files."""
