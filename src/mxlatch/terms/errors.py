"""The two ways in which something from outside can be wrong."""


class ProtocolError(Exception):
    """A peer broke the rules of its protocol; the message says which rule, in the field's words."""


class InputError(Exception):
    """Something the user gave cannot be used; the message names the file, the line and the remedy."""
