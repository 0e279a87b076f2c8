"""The parts of `strongroom.artifacts`."""
