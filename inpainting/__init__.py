"""Support package of the German report "Image Inpainting mit CNNs".

Data flows down this list, and imports only point upwards::

    config       typed parameters, presets, paths
    outlook      how long a report still takes
    provenance   versions, code, hardware of a run
    data         CIFAR-10: find or fetch, verify, split
    masks        mask suites and generators (1 = hole)
    classical    mean colour, Telea, Navier-Stokes, biharmonic, Gaussian
    models       the networks, as Keras models
    optimizers   optimisers that Keras lacks
    training     seeded training, resume, model store
    classifier   a small CIFAR-10 classifier, for the semantics
    evaluation   metrics, bootstrap intervals
    benchmark    every method on every suite, as one stored result
    narrative    numbers -> German text
    figures      arrays -> matplotlib figures
    findings     the benchmark -> tables and German text
    display      figures, tables and text -> notebook outputs
    ladder       from the original to the final network, one repair at a time
    report       notebook -> HTML, PDF, slides; checks
    sweep        a grid of runs through Dask
    submissions  other people's models, scored in processes of their own
    fill         a reader's own picture, repaired
    cli          the command ``inpainting``

Importing the package imports none of them, and no TensorFlow.
"""

__version__ = "0.1.0"
