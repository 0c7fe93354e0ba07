"""Names for the types of arrays; their shapes stand beside the fields and arguments that have them."""

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]
type Bools = NDArray[np.bool_]
type Labels = NDArray[np.object_]  # text
