"""The languages: bytes and text to values and back, without I/O."""
