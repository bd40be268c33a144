"""What plots of the values are drawn from: values counted by part, bins, points."""
