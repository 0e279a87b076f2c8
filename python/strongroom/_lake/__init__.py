"""The parts of `strongroom.lake` and `strongroom.spark`."""
