"""The segments table, and what is around it: `segments_section.SegmentsSection`."""
