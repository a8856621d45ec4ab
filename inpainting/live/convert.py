"""A Keras model becomes a program: a list of instructions that the page's engine executes.

Number *i* of a program is the result of its instruction *i*.  Tensors keep their batch axis, so
that a network which looks at the mirror image as well is nothing special.
"""

from dataclasses import dataclass

import numpy as np

from inpainting import errors
from inpainting.networks import keras

ACTIVATIONS = ("linear", "relu", "sigmoid", "silu", "tanh")

WITH_WEIGHTS = ("Conv2D", "Conv2DTranspose", "Dense")


@dataclass(frozen=True)
class Program:
    """What the engine needs to run a network.

    Attributes
    ----------
    instructions : number *i* is the result of instruction *i*; inputs come first.
    weights : arrays as Keras has them; an instruction's ``weights`` are indices into them.
    variables : the index of each in the model's ``weights``.
    outputs : name → number.
    stages : what :func:`find_stages` finds, as numbers.
    """

    instructions: list[dict]
    weights: list[np.ndarray]
    variables: list[int]
    outputs: dict[str, int]
    stages: dict[str, list[int]]


def convert(model) -> Program:
    """Translate a Keras model to instructions for the engine.

    Parameters
    ----------
    model : functional or sequential Keras model, of the layers and operations in
        :data:`OPERATIONS`; models inside it are dissolved.

    Raises
    ------
    errors.UserError
        On a layer, or a setting of a layer, that the engine does not know; it is named.
    """
    return _Converter(model).result()


class _Converter:
    def __init__(self, model):
        outputs = getattr(model, "output", None)  # a sequential model has none of its own
        if not isinstance(outputs, dict):
            outputs = {str(i): tensor for i, tensor in enumerate(model.outputs)}
        self.names = list(outputs)
        self.model = keras.Model(model.inputs, list(outputs.values()))
        self.stages = find_stages(model)
        self.instructions: list[dict] = []
        self.weights: list[np.ndarray] = []
        self.variables: list[int] = []
        self.numbers: dict = {}  # constants, and all tensors by id, those of inner models too
        self.stored: dict[int, list[int]] = {}

    def result(self) -> Program:
        given = {
            id(tensor): self._append({"op": "input", "name": tensor.name}) for tensor in self.model.inputs
        }
        numbers = self._trace(self.model.outputs, given)
        return Program(
            self.instructions,
            self.weights,
            self.variables,
            dict(zip(self.names, numbers, strict=True)),
            {name: [self.numbers[id(t)] for t in tensors] for name, tensors in self.stages.items()},
        )

    def _trace(self, outputs, numbers: dict) -> list[int]:
        """The numbers of symbolic tensors, given those of a model's inputs by their id."""
        waiting = list(outputs)
        while waiting:
            tensor = waiting[-1]
            missing = [] if id(tensor) in numbers else _sources(tensor)
            missing = [source for source in missing if id(source) not in numbers]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if id(tensor) not in numbers:
                self._emit(tensor, numbers)
        self.numbers |= numbers
        return [numbers[id(tensor)] for tensor in outputs]

    def _emit(self, tensor, numbers) -> None:
        operation, index, place = tensor._keras_history
        node = operation._inbound_nodes[index]
        if isinstance(operation, keras.Model):
            inner = keras.Model(operation.inputs, operation.outputs)
            given = zip(inner.inputs, (numbers[id(t)] for t in node.input_tensors), strict=True)
            found = self._trace(inner.outputs, {id(t): number for t, number in given})
            for outer, number in zip(node.output_tensors, found, strict=True):
                numbers[id(outer)] = number
            return
        kind = type(operation).__name__
        if kind not in OPERATIONS:
            raise _unknown(operation, "diese Art von Schicht")
        arguments = [*node.arguments.args, *node.arguments.kwargs.values()]
        if len(arguments) == 1 and isinstance(arguments[0], list | tuple):
            arguments = list(arguments[0])
        if kind == "Einsum":  # its first argument, the equation, is a setting
            arguments = [a for a in arguments if not isinstance(a, str)]
        instruction = OPERATIONS[kind](operation) | {
            "in": [self._number(operation, a, numbers) for a in arguments]
        }
        if kind in WITH_WEIGHTS:
            instruction["weights"] = self._store(operation)
        if instruction["op"] == "slice":
            instruction["part"] = place
        numbers[id(tensor)] = self._append(instruction)

    def _number(self, operation, argument, numbers) -> int:
        if hasattr(argument, "_keras_history"):
            return numbers[id(argument)]
        try:
            value = np.asarray(argument, np.float32)
        except (TypeError, ValueError):
            raise _unknown(operation, f"das Argument {argument!r}") from None
        key = ("constant", value.shape, value.tobytes())
        if key not in self.numbers:
            about = {"op": "constant", "shape": list(value.shape), "values": value.ravel().tolist()}
            self.numbers[key] = self._append(about)
        return self.numbers[key]

    def _append(self, instruction: dict) -> int:
        self.instructions.append(instruction)
        return len(self.instructions) - 1

    def _store(self, layer) -> list[int]:
        if id(layer) not in self.stored:
            first = len(self.weights)
            self.weights += layer.get_weights()
            places = {id(variable): i for i, variable in enumerate(self.model.weights)}
            self.variables += [places[id(variable)] for variable in layer.weights]
            self.stored[id(layer)] = list(range(first, len(self.weights)))
        return self.stored[id(layer)]


def _sources(tensor) -> list:
    operation, index, _ = tensor._keras_history
    return operation._inbound_nodes[index].input_tensors


def find_stages(model) -> dict[str, list]:
    """The tensors in which a reader can follow our network at work.

    Parameters
    ----------
    model : of :func:`inpainting.networks.prior_unet.build_prior_unet`, or one with it inside as "mean".

    Returns
    -------
    ``blocks``: what the prior has after pull-push and after each step of conjugate gradients, on
    blocks of pixels; ``prior`` and ``prediction``: images, not clipped.  Empty for other networks.
    """
    names = {layer.name for layer in model.layers}
    if {"mask", "mean"} <= names and isinstance(model.get_layer("mean"), keras.Model):
        return find_stages(model.get_layer("mean"))
    if not {"pixels", "prediction"} <= names:
        return {}
    prediction = model.get_layer("prediction")
    blocks, tensor = [], model.get_layer("pixels").input
    while True:
        blocks.insert(0, tensor)
        operation, index, _ = tensor._keras_history
        if type(operation).__name__ != "Add":
            break
        tensor = operation._inbound_nodes[index].input_tensors[0]
    return {"blocks": blocks, "prior": [prediction.input[0]], "prediction": [prediction.output]}


def _unknown(operation, what: str) -> errors.UserError:
    return errors.UserError(
        f"Abschnitt „Selbst ausprobieren“: Die Schicht „{operation.name}“ ({type(operation).__name__}) "
        f"lässt sich nicht in die Seite übertragen; nicht bekannt ist {what}. "
        f"Bekannt sind: {', '.join(sorted(OPERATIONS))}."
    )


def _expect(operation, about: dict, **settings) -> None:
    """Refuse settings that the engine does not implement."""
    for name, allowed in settings.items():
        found = about.get(name, allowed[0])
        found = list(found) if isinstance(found, tuple) else found
        if found not in allowed:
            raise _unknown(operation, f"die Einstellung {name} = {found!r}")


def _plain(op: str):
    return lambda operation: {"op": op}


def _window(op: str, size: str = "kernel_size"):
    """A layer that slides a window over the image."""

    def translate(layer) -> dict:
        about = layer.get_config()
        _expect(
            layer,
            about,
            data_format=["channels_last"],
            dilation_rate=[[1, 1], 1],
            groups=[1],
            output_padding=[None],
            padding=["same", "valid"],
            activation=ACTIVATIONS,
        )
        return {
            "op": op,
            "size": list(about[size]),
            "strides": list(about["strides"]),
            "padding": about["padding"],
            "activation": about.get("activation", "linear"),
        }

    return translate


def _dense(layer) -> dict:
    _expect(layer, layer.get_config(), activation=ACTIVATIONS)
    return {"op": "dense", "activation": layer.get_config()["activation"]}


def _upsampling(layer) -> dict:
    about = layer.get_config()
    _expect(layer, about, data_format=["channels_last"], interpolation=["nearest"])
    return {"op": "upsampling", "size": list(about["size"])}


def _relu(layer) -> dict:
    if isinstance(layer, keras.layers.Layer):
        _expect(layer, layer.get_config(), max_value=[None], negative_slope=[0.0], threshold=[0.0])
    return {"op": "relu"}


def _activation(layer) -> dict:
    _expect(layer, layer.get_config(), activation=ACTIVATIONS)
    return {"op": layer.get_config()["activation"]}


def _reduction(op: str):
    def translate(operation) -> dict:
        axis = operation.axis
        axis = axis if axis is None or isinstance(axis, int) else list(axis)
        return {"op": op, "axis": axis, "keepdims": bool(operation.keepdims)}

    return translate


def _softmax(operation) -> dict:
    _expect(operation, vars(operation), axis=[-1, *range(6)])
    return {"op": "softmax", "axis": operation.axis}


def _average(layer) -> dict:
    return {"op": "mean", "axis": [1, 2], "keepdims": bool(layer.keepdims)}


def _clip(operation) -> dict:
    return {"op": "clip", "low": float(operation.x_min), "high": float(operation.x_max)}


def _split(operation) -> dict:
    _expect(operation, {"indices": isinstance(operation.indices_or_sections, int)}, indices=[True])
    return {"op": "slice", "axis": operation.axis, "parts": operation.indices_or_sections}


def _flip(operation) -> dict:
    _expect(operation, {"axis": isinstance(operation.axis, int)}, axis=[True])
    return {"op": "flip", "axis": operation.axis}


def _reshape(operation) -> dict:
    keeps_batch = isinstance(operation, keras.layers.Layer)
    shape = operation.target_shape if keeps_batch else operation.newshape
    return {
        "op": "reshape",
        "shape": [-1 if n is None else int(n) for n in shape],
        "keeps_batch": keeps_batch,
    }


def _transpose(operation) -> dict:
    axes = operation.axes
    return {"op": "transpose", "axes": list(axes)}


OPERATIONS = {
    "Conv2D": _window("convolution"),
    "Conv2DTranspose": _window("transposed_convolution"),
    "Dense": _dense,
    "Matmul": _plain("matmul"),
    "Einsum": lambda operation: {"op": "einsum", "equation": operation.subscripts.replace(" ", "")},
    "MaxPooling2D": _window("max_pooling", "pool_size"),
    "AveragePooling2D": _window("average_pooling", "pool_size"),
    "GlobalAveragePooling2D": _average,
    "UpSampling2D": _upsampling,
    "ReLU": _relu,
    "Relu": _relu,
    "Sigmoid": _plain("sigmoid"),
    "Silu": _plain("silu"),
    "Tanh": _plain("tanh"),
    "Exp": _plain("exp"),
    "Sin": _plain("sin"),
    "Cos": _plain("cos"),
    "Sqrt": _plain("sqrt"),
    "Square": _plain("square"),
    "Activation": _activation,
    "Softmax": _softmax,
    "Add": _plain("add"),
    "Subtract": _plain("subtract"),
    "Multiply": _plain("multiply"),
    "TrueDivide": _plain("divide"),
    "Divide": _plain("divide"),
    "Maximum": _plain("maximum"),
    "Minimum": _plain("minimum"),
    "Negative": _plain("negative"),
    "Greater": _plain("greater"),
    "Where": _plain("where"),
    "Clip": _clip,
    "Cast": _plain("linear"),
    "OnesLike": _plain("ones_like"),
    "ZerosLike": _plain("zeros_like"),
    "Sum": _reduction("sum"),
    "Mean": _reduction("mean"),
    "Max": _reduction("max"),
    "Concatenate": lambda operation: {"op": "concatenate", "axis": operation.axis},
    "Split": _split,
    "Flip": _flip,
    "Reshape": _reshape,
    "Transpose": _transpose,
}
"""Keras layer or operation → its translation."""
