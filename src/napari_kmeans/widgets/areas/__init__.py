"""The area of each segment in every slice of a volume, or frame of a film."""
