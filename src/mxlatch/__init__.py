"""mxlatch: the same latch on every mail door."""

__version__ = "0.1.0"
