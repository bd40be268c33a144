"""The segments table, and what is around it: `section.SegmentsSection`."""
