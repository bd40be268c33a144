"""Where the pixels of segments are kept: in memory, on demand, or on disk."""
