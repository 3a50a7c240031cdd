"""Where doors that no MX names are looked for: one source a file, each with `find(known, scope)`, an enquiry
that ends in a `Trail`.

A source only asks the DNS and reads what the scope was given; whether a candidate may be knocked at is decided
elsewhere.
"""

from importlib import import_module
from pkgutil import iter_modules

SOURCES = tuple(import_module(f"{__name__}.{module.name}").find for module in iter_modules(__path__))
