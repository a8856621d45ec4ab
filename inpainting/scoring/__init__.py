"""Other people's ``.keras`` files, scored by the benchmark.

    handins      every file of a folder, whatever its name or place
    diagnosis    why a file is no model: from its bytes, its blueprint, Keras' error
    inputs       the part that each input of a model plays
    interface    a loaded model: its ranges, its outputs, how it fills
    sandbox      what the child process may not do
    child        the process that loads and scores models
    results      what became of each model, as text, CSV and JSON
    page         the ranking as one HTML page
    evaluate     the parent: it hands out models and watches

The parent needs no Keras.  It writes images and masks to a temporary folder and watches; a child
loads copies of the models in Keras' safe mode, one after another, and leaves scores as plain
arrays.  A child that breaks, hangs or grows too large is ended and takes no other model with it.
"""
