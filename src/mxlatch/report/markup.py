"""HTML and SVG elements as values: text and attributes are escaped when they are written, and there is no other way."""

from html import escape

from msgspec import Struct

from mxlatch.report.escape import encodable, visible

_VOID = frozenset({"meta", "br"})  # elements that have no end tag (HTML 13.1.2)


class Sheet(Struct, frozen=True):
    """A style sheet of ours: the only text that is written as it stands. Never put an audit's string into one."""

    css: str


class Element(Struct, frozen=True):
    """An element with its attributes and children."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple["Node", ...]


Node = Element | Sheet | str


def element(tag: str, *children: "Node | None", **attributes: str | int | None) -> Element:
    """An element; what is None is left out. class_ is written class, aria_label aria-label."""
    named = tuple((_attribute(name), str(value)) for name, value in attributes.items() if value is not None)
    return Element(tag, named, tuple(child for child in children if child is not None))


def written(node: Node) -> str:
    """The markup."""
    if isinstance(node, str):
        return _text(node)
    if isinstance(node, Sheet):
        return node.css
    attributes = "".join(f' {name}="{_text(value)}"' for name, value in node.attributes)
    inside = "".join(map(written, node.children))
    return f"<{node.tag}{attributes}>" + ("" if node.tag in _VOID else f"{inside}</{node.tag}>")


def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _text(text: str) -> str:
    return escape(visible(encodable(text)), quote=True)
