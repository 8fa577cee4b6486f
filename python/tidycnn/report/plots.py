"""One function that draws whatever the other functions return."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from tidycnn.core.checks import checked
from tidycnn.core.types import ImageFlow, TrainedClassifier
from tidycnn.report._kinds import figure_of
from tidycnn.report._matplotlib import draw


@checked
def autoplot(x: pd.DataFrame | TrainedClassifier | ImageFlow) -> Figure:
    """Draw a frame, a classifier or a flow.

    Parameters
    ----------
    x
        Class counts or an images frame (bars), a history or a classifier (lines), a confusion matrix or predictions
        (a heat map), scores (points with intervals), a comparison (differences to the best), learning rates (a line), a
        flow (pictures of its first batch). The kind of a frame is told from its columns.

    Returns
    -------
    A figure of matplotlib. No window is opened: notebooks show it, and `figure.savefig("name.png")` writes it.

    Notes
    -----
    Of more than 40 labels, bars are drawn for the 20 with the most and the 20 with the fewest images; of more than
    12 classes, scores are drawn for the 5 lowest of each metric. The subtitle then says so. The best epoch is the
    one with the lowest validation loss. Histories below each other, with a further column that names each, have a
    colour each, and so have scores; of counts and confusion matrices only one is drawn. Counts are written into the
    cells of a confusion matrix up to 25 labels, shares up to 12. Colours are those of Okabe and Ito (2008), which
    colour-blind people can tell apart.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"label": ["cat", "dog"], "split": "train", "n": [30, 10], "share": [0.75, 0.25]})
    >>> figure = autoplot(counts)
    >>> figure.get_suptitle()
    'Images of each label\\nn = 40 images of 2 labels'
    """
    return draw(figure_of(x))
