"""The live section: the run's networks as a program that the reader's browser executes.

A network becomes a list of instructions on tensors of one 32×32 image; number *i* is the result
of instruction *i*.  ``engine.js`` executes them.  The weights stand behind one another in one
array, in the order in which the engine's matrix product reads them.
"""

import base64
import functools
import hashlib
import json
from pathlib import Path

import numpy as np
from markupsafe import Markup

from inpainting import config
from inpainting.report import wasm
from inpainting.report.model import Figure, ReportError

TEMPLATE = config.ASSETS / "templates" / "live"

LARGEST_DIFFERENCE = 0.5 / 255
"""Half a grey level: what float16 weights may change, at most, on the checked images."""


# ---------------------------------------------------------------- networks → programs


def convert(model) -> tuple[list[dict], list[np.ndarray]]:
    """Translate a Keras model to instructions for the engine.

    Parameters
    ----------
    model : functional or sequential Keras model, of the layers and operations in
        :data:`LAYERS`.

    Returns
    -------
    The instructions, the last one being the output, and the weights as flat float32 arrays;
    an instruction's ``weights`` are indices into them.

    Raises
    ------
    ReportError
        On a layer, or a setting of a layer, that the engine does not know; it is named.
    """
    return _Converter(model).convert()


class _Converter:
    def __init__(self, model):
        from inpainting import models

        graph = models.keras.Model(model.inputs, model.outputs[0])  # a functional view, to both kinds
        about = json.loads(json.dumps(graph.get_config()))  # tuples become lists
        self.layers = {layer["name"]: layer for layer in about["layers"]}
        self.operations = {operation.name: operation for operation in graph.operations}
        self.output = tuple(about["output_layers"])
        self.program: list[dict] = []
        self.weights: list[np.ndarray] = []
        self.numbers: dict = {}
        self.stored: dict[str, list[int]] = {}

    def convert(self):
        waiting = [self.output[:2]]
        while waiting:
            node = waiting[-1]
            missing = [key for key in self._inputs(node) if key not in self.numbers]
            if missing and node not in self.numbers:
                waiting += missing
                continue
            waiting.pop()
            if node not in self.numbers:
                self.numbers[node] = self._emit(node)
        return self.program, self.weights

    def _arguments(self, node):
        name, index = node
        nodes = self.layers[name]["inbound_nodes"]
        if not nodes:
            return []
        if nodes[index]["kwargs"]:
            raise _unknown(self.layers[name], "benannte Argumente")
        arguments = nodes[index]["args"]
        if len(arguments) == 1 and isinstance(arguments[0], list):
            arguments = arguments[0]
        return arguments

    def _inputs(self, node):
        return [_source(a) for a in self._arguments(node) if isinstance(a, dict)]

    def _emit(self, node) -> int:
        name = node[0]
        layer = self.layers[name]
        kind = layer["class_name"]
        if kind not in LAYERS:
            raise _unknown(layer, "diese Art von Schicht")
        instruction = LAYERS[kind](layer)
        arguments = [
            self.numbers[_source(a)] if isinstance(a, dict) else self._constant(layer, a)
            for a in self._arguments(node)
        ]
        if arguments:
            instruction["in"] = arguments
        if kind in PACKED:
            instruction["weights"] = self._weights(name, PACKED[kind])
        return self._append(instruction)

    def _constant(self, layer, value) -> int:
        if not isinstance(value, int | float):
            raise _unknown(layer, f"das Argument {value!r}")
        key = ("constant", float(value))
        if key not in self.numbers:
            self.numbers[key] = self._append({"op": "constant", "value": float(value)})
        return self.numbers[key]

    def _append(self, instruction: dict) -> int:
        self.program.append(instruction)
        return len(self.program) - 1

    def _weights(self, name: str, pack) -> list[int]:
        if name not in self.stored:
            kernel, *bias = self.operations[name].get_weights()
            first = len(self.weights)
            self.weights += [pack(kernel).ravel(), *bias]
            self.stored[name] = list(range(first, len(self.weights)))
        return self.stored[name]


def _source(argument: dict):
    return tuple(argument["config"]["keras_history"][:2])


def _unknown(layer: dict, what: str) -> ReportError:
    return ReportError(
        f"Abschnitt „Selbst ausprobieren“: Die Schicht „{layer['name']}“ ({layer['class_name']}) "
        f"lässt sich nicht in die Seite übertragen; nicht bekannt ist {what}. "
        f"Bekannt sind: {', '.join(sorted(LAYERS))}."
    )


def _expect(layer: dict, **settings) -> None:
    """Refuse settings that the engine does not implement."""
    for name, allowed in settings.items():
        found = layer["config"].get(name, allowed[0])
        if found not in allowed:
            raise _unknown(layer, f"die Einstellung {name} = {found!r}")


def _operation(op: str, *settings: str):
    """An element-wise operation or a reduction, with the named settings."""
    return lambda layer: {"op": op} | {name: layer["config"][name] for name in settings}


def _window(op: str, size: str = "kernel_size", activations=("linear", "relu", "sigmoid")):
    """A layer that slides a window over the image."""

    def translate(layer: dict) -> dict:
        about = layer["config"]
        _expect(
            layer, data_format=["channels_last"], dilation_rate=[[1, 1], 1], groups=[1],
            depth_multiplier=[1], output_padding=[None], padding=["same", "valid"],
            activation=activations,
        )  # fmt: skip
        return {
            "op": op, "size": about[size], "strides": about["strides"], "padding": about["padding"],
            "activation": about.get("activation", "linear"), "filters": about.get("filters"),
        }  # fmt: skip

    return translate


def _upsampling(layer: dict) -> dict:
    _expect(layer, data_format=["channels_last"], interpolation=["nearest"])
    return {"op": "upsampling", "size": layer["config"]["size"]}


def _relu(layer: dict) -> dict:
    _expect(layer, max_value=[None], negative_slope=[0.0], threshold=[0.0])
    return {"op": "relu"}


def _activation(layer: dict) -> dict:
    _expect(layer, activation=["linear", "relu", "sigmoid"])
    return {"op": layer["config"]["activation"]}


def _reduction(op: str):
    def translate(layer: dict) -> dict:
        _expect(layer, keepdims=[True])
        return {"op": op, "axis": layer["config"]["axis"]}

    return translate


def _concatenation(layer: dict) -> dict:
    _expect(layer, axis=[-1, 3])
    return {"op": "concatenate"}


LAYERS = {
    "InputLayer": _operation("input", "name"),
    "Conv2D": _window("convolution"),
    "Conv2DTranspose": _window("transposed_convolution"),
    "DepthwiseConv2D": _window("depthwise_convolution"),
    "MaxPooling2D": _window("max_pooling", "pool_size"),
    "AveragePooling2D": _window("average_pooling", "pool_size"),
    "UpSampling2D": _upsampling,
    "ReLU": _relu,
    "Activation": _activation,
    "Add": _operation("add"),
    "Subtract": _operation("subtract"),
    "Multiply": _operation("multiply"),
    "TrueDivide": _operation("divide"),
    "Divide": _operation("divide"),
    "Negative": _operation("negative"),
    "Greater": _operation("greater"),
    "Where": _operation("where"),
    "Clip": _operation("clip", "x_min", "x_max"),
    "OnesLike": _operation("ones_like"),
    "Sum": _reduction("sum"),
    "Mean": _reduction("mean"),
    "Concatenate": _concatenation,
}
"""Keras layer or operation → its translation."""


def _pack_convolution(kernel: np.ndarray) -> np.ndarray:
    """(h, w, in, out) → (out / 8, h·w·in, 8), the last panel filled with zeros."""
    return _panels(kernel.reshape(-1, kernel.shape[-1]))


def _pack_transposed(kernel: np.ndarray) -> np.ndarray:
    """(h, w, out, in) → (h·w·out / 8, in, 8), the last panel filled with zeros."""
    return _panels(kernel.reshape(-1, kernel.shape[-1]).T)


def _panels(matrix: np.ndarray) -> np.ndarray:
    depth, n = matrix.shape
    padded = np.pad(matrix, [(0, 0), (0, -n % wasm.PANEL)])
    return padded.reshape(depth, -1, wasm.PANEL).transpose(1, 0, 2)


PACKED = {
    "Conv2D": _pack_convolution,
    "Conv2DTranspose": _pack_transposed,
    "DepthwiseConv2D": lambda kernel: kernel,
}
"""Layers with weights → the order in which the engine reads their kernel."""


# ---------------------------------------------------------------- weights


def pack_network(model, images: np.ndarray, masks: np.ndarray) -> dict:
    """A network as the engine loads it.

    The weights are float16 if that changes no pixel by :data:`LARGEST_DIFFERENCE` or more, else
    float32.

    Parameters
    ----------
    model : see :func:`convert`; with inputs ``image`` and ``mask``, or one masked image.
    images : uint8 array, (N, 32, 32, 3), to check the weights on.
    masks : uint8 array, (N, 32, 32, 1), 1 = hole.

    Returns
    -------
    ``program``, ``sizes`` (of the weight arrays), ``weights`` (base64), ``format``, and the
    ``inputs``: name → shape.
    """
    program, weights = convert(model)
    is_close = half_precision_difference(model, images, masks) < LARGEST_DIFFERENCE
    name, code = ("float16", "<f2") if is_close else ("float32", "<f4")
    flat = np.concatenate([array.ravel() for array in weights]).astype(code)
    return {
        "program": program,
        "sizes": [array.size for array in weights],
        "weights": base64.b64encode(flat.tobytes()).decode(),
        "format": name,
        "inputs": {tensor.name: [*images.shape[1:3], tensor.shape[-1]] for tensor in model.inputs},
    }


def half_precision_difference(model, images: np.ndarray, masks: np.ndarray) -> float:
    """Largest change of the output, in [0, 1], if the weights are rounded to float16.

    Parameters
    ----------
    model, images, masks : see :func:`pack_network`; the model is as before afterwards.
    """
    exact, weights = fill(model, images, masks), model.get_weights()
    with np.errstate(over="ignore"):  # too large a weight becomes infinite, which is seen
        model.set_weights([w.astype(np.float16).astype(np.float32) for w in weights])
    try:
        difference = np.abs(fill(model, images, masks) - exact).max()
    finally:
        model.set_weights(weights)
    return float(difference) if np.isfinite(difference) else np.inf


def fill(model, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """What either network makes of images: float32, (N, H, W, 3), as it returns it."""
    from inpainting import models

    predict = models.predict_final if len(model.inputs) == 2 else models.predict_original
    return predict(model, images, masks)


# ---------------------------------------------------------------- the section


def prepare_section(about: dict) -> dict:
    """Everything that the section's script needs, ready for JSON.

    Parameters
    ----------
    about : what :func:`inpainting.display.show_live` wrote.

    Raises
    ------
    ReportError
        If a network's file is missing or another one, or cannot be translated.
    """
    return json.loads(_prepare(json.dumps(about, sort_keys=True)))


@functools.lru_cache(maxsize=1)  # the slides follow the page
def _prepare(about: str) -> str:
    from inpainting import models
    from inpainting.masks import SUITES, suite_masks

    content = json.loads(about)
    pixels = [base64.b64decode(picture["image"]) for picture in content["pictures"]]
    images = np.frombuffer(b"".join(pixels), np.uint8)
    images = images.reshape(-1, config.IMAGE_SIZE, config.IMAGE_SIZE, 3)
    masks = np.concatenate([suite_masks(suite, len(images)) for suite in SUITES])
    images = np.tile(images, (len(SUITES), 1, 1, 1))
    networks = {}
    for name, origin in content["networks"].items():
        model = models.load_model(find_network(**origin))
        networks[name] = pack_network(model, images, masks)
    kernel = base64.b64encode(wasm.build_kernel()).decode()
    return json.dumps(content | {"networks": networks, "kernel": kernel})


def find_network(entry: str, sha256: str, store: Path | None = None) -> Path:
    """The model file of a run in the store.

    Parameters
    ----------
    entry : name of its folder.
    sha256 : of the file.
    store : parent of the entries; by default the project's.

    Raises
    ------
    ReportError
        If there is no such file, or its content is another one.
    """
    folder = (store or config.MODELS) / Path(entry).name
    for path in sorted(folder.glob("*.keras")):
        if hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
            return path
    found = "enthält ein anderes Netz" if folder.is_dir() else "fehlt im Modellspeicher"
    raise ReportError(
        f"Abschnitt „Selbst ausprobieren“: Der Ordner „{entry}“ {found}; der Lauf rechnete mit "
        f"der Datei, deren SHA-256 mit {sha256[:12]} beginnt. Abhilfe: den Ordner zurückkopieren "
        "oder den Lauf mit „inpainting report“ neu rechnen."
    )


def script() -> str:
    """The section's JavaScript: the engine, and what the reader sees of it."""
    return "\n".join(_read(name) for name in ("engine.js", "live.js"))


def stylesheet() -> str:
    """The section's CSS; colours and fonts are the page's."""
    return _read("live.css")


def embed(figure: Figure | None) -> Markup | None:
    """The section's data as JSON that can stand inside a ``script`` element."""
    if figure is None:
        return None
    content = json.dumps(prepare_section(figure.live), ensure_ascii=False)
    return Markup(content.replace("<", "\\u003c"))


def _read(name: str) -> str:
    return (TEMPLATE / name).read_text(encoding="utf-8")
