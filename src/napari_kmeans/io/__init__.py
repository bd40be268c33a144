"""Files: results in formats that other programs read, and back."""
