"""What a client's newest model has done, for the watch over drift."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kanmon.core.ids import ModelId, RunId


class ScoreSample(NamedTuple):
    """What a client's newest model has done: calibrated risks from 0 to 1, of which scores are the positions."""

    model_id: ModelId
    run_id: RunId
    """The newest run."""
    first: NDArray[np.float64]
    """Of the first run that scored with it."""
    newest: NDArray[np.float64]
    """Of the newest run; the same as `first` where there was only one."""
    left: NDArray[np.bool_]
    """Whether those of the scored season whose outcome is known left."""
    risks_of_known: NDArray[np.float64]
    """Their newest risks, in the same order."""
