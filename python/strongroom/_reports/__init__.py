"""The parts of `strongroom.reports`."""
