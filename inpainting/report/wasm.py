"""The matrix product of the live section as WebAssembly: four numbers at a time.

A small assembler in place of a compiler and its unreadable output.
"""

ROWS, PANEL = 4, 8
"""Rows and columns of the product that are computed together, in 4·2 vector registers."""

PARAMETERS = ("out", "a", "b", "rows", "panels", "depth")
INTEGERS = ("step", "width", "row", "left", "x", "y", "from", "to")
SUMS = tuple(f"sum{r}{c}" for r in range(ROWS) for c in range(2))
VECTORS = ("y0", "y1", "value", *SUMS)
LOCALS = (*PARAMETERS, *INTEGERS, *VECTORS)

I32, V128 = b"\x7f", b"\x7b"
END, LOOP, BRANCH_IF = b"\x0b", b"\x03\x40", b"\x0d\x00"
ADD, SUBTRACT, MULTIPLY, SHIFT_LEFT = b"\x6a", b"\x6b", b"\x6c", b"\x74"
LOAD, LOAD_SPLAT, STORE = b"\xfd\x00", b"\xfd\x09", b"\xfd\x0b"
VECTOR_ADD, VECTOR_MULTIPLY = b"\xfd\xe4\x01", b"\xfd\xe6\x01"
VECTOR_ZERO = b"\xfd\x0c" + bytes(16)


def build_kernel() -> bytes:
    """A module that imports ``js.memory`` and exports ``multiply``.

    ``multiply(out, a, b, rows, panels, depth)`` computes out = a·b in float32.  The first three
    are byte addresses: a is (rows, depth), b is (panels, depth, 8), out is (rows, panels·8),
    each in C order; rows is a multiple of 4, and none of the three numbers is zero.

    Source: WebAssembly Core Specification 2.0, section 5 (binary format).
    """
    groups = [_number(len(names)) + kind for names, kind in ((INTEGERS, I32), (VECTORS, V128))]
    code = _vector(*groups) + _product() + END
    sections = {
        1: b"\x60" + _vector(*[I32] * len(PARAMETERS)) + _vector(),  # the function's type
        2: _name("js") + _name("memory") + b"\x02\x00\x01",
        3: b"\x00",
        7: _name("multiply") + b"\x00\x00",
        10: _number(len(code)) + code,
    }
    module = b"\x00asm\x01\x00\x00\x00"
    for identifier, item in sections.items():
        content = _vector(item)
        module += bytes([identifier]) + _number(len(content)) + content
    return module


def _product() -> bytes:
    return (
        _set("step", _get("depth"), _constant(2), SHIFT_LEFT)  # bytes in a row of a
        + _set("width", _get("panels"), _constant(5), SHIFT_LEFT)  # bytes in a row of out
        + _repeat("panels", 1, _panel())
    )


def _panel() -> bytes:
    """Eight columns of the product; their part of b stays in the fast cache."""
    return (
        _set("from", _get("a"))
        + _set("to", _get("out"))
        + _set("row", _get("rows"))
        + _repeat("row", ROWS, _tile())
        + _set("b", _get("y"))
        + _set("out", _get("out"), _constant(4 * PANEL), ADD)
    )


def _tile() -> bytes:
    """Four rows and eight columns of the product."""
    code = b"".join(_set(name, VECTOR_ZERO) for name in SUMS)
    code += _set("x", _get("from")) + _set("y", _get("b")) + _set("left", _get("depth"))
    code += _repeat("left", 1, _step())
    code += _set("from", _get("x"), _get("step"), _constant(ROWS - 1), MULTIPLY, ADD)
    for r in range(ROWS):
        for c in range(2):
            code += _get("to") + _get(f"sum{r}{c}") + _access(STORE, 16 * c)
        code += _set("to", _get("to"), _get("width"), ADD)
    return code


def _step() -> bytes:
    """Add the products of one column of a and one row of b."""
    code = b"".join(_set(f"y{c}", _get("y"), _access(LOAD, 16 * c)) for c in range(2))
    for r in range(ROWS):
        address = _get("x") + (_get("step") + _constant(r) + MULTIPLY + ADD if r else b"")
        code += _set("value", address, _access(LOAD_SPLAT, 0))
        for c in range(2):
            product = _get("value") + _get(f"y{c}") + VECTOR_MULTIPLY
            code += _set(f"sum{r}{c}", _get(f"sum{r}{c}"), product, VECTOR_ADD)
    code += _set("x", _get("x"), _constant(4), ADD)
    return code + _set("y", _get("y"), _constant(4 * PANEL), ADD)


# ---------------------------------------------------------------- the binary format


def _repeat(counter: str, step: int, body: bytes) -> bytes:
    """Run ``body``, lower the counter by ``step``, and again until it is zero."""
    lower = _set(counter, _get(counter), _constant(step), SUBTRACT)
    return LOOP + body + lower + _get(counter) + BRANCH_IF + END


def _get(name: str) -> bytes:
    return b"\x20" + _number(LOCALS.index(name))


def _set(name: str, *value: bytes) -> bytes:
    return b"".join(value) + b"\x21" + _number(LOCALS.index(name))


def _constant(value: int) -> bytes:
    return b"\x41" + _number(value)  # below 64, signed and unsigned are written alike


def _access(instruction: bytes, offset: int) -> bytes:
    """A load or store at an offset; the alignment 2**2 is that of float32."""
    return instruction + b"\x02" + _number(offset)


def _number(value: int) -> bytes:
    """Unsigned LEB128."""
    high, low = divmod(value, 128)
    return bytes([low | 128]) + _number(high) if high else bytes([low])


def _name(text: str) -> bytes:
    return _number(len(text)) + text.encode()


def _vector(*items: bytes) -> bytes:
    return _number(len(items)) + b"".join(items)
