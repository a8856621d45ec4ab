"""Support package of the German report "Image Inpainting mit CNNs".

Data flows down this list, and imports only point upwards::

    errors       what goes wrong, in German
    config       typed parameters, presets, paths
    files        a file or a folder, whole or not at all
    noise        seeded noise
    machine      versions, code, hardware of a run; foreign settings shut out
    data         CIFAR-10: find or fetch, verify, split
    masks        mask suites and generators (1 = hole)
    classical    without a network: from the image alone, Gaussian, best training image
    networks     the networks, as Keras models
    training     recipe, batches, loop, store of trained networks
    measuring    scores, the benchmark, the ladder, times
    german       numbers -> German text
    figures      arrays -> matplotlib figures
    typeset      notebook -> HTML, PDF, slides
    live         the networks in the page
    display      figures, tables and text -> notebook outputs
    exhibits     test images chosen by a fixed rule, filled by every method
    runs         a run, listing, comparison, verification, check, hand-in, sweep; what they need
    scoring      other people's models, scored in processes of their own
    photos       a reader's own pictures, of any kind and size: read, cut into windows, filled, written
    console      the frame of the commands: German argparse, how a call ends
    cli          the command ``inpainting``

Importing the package imports none of them, and no TensorFlow.
"""

__version__ = "0.1.0"
