"""The explorer: plots and choices in a dock of their own, wide, below the canvas."""
