"""The parts of `strongroom.factors`."""
