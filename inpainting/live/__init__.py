"""The networks in the page: a network becomes a program that the reader's browser runs.

The engine is the project's own: some 700 lines of JavaScript around one small WebAssembly kernel,
whose text is beside its bytes.  A library would be as fast, but brings 1.8 MB (TensorFlow.js) to 5.6 MB
(ONNX Runtime) into every page and needs half a second to start; against plain JavaScript the kernel
is several times faster.
"""
