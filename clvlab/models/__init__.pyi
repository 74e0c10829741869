from clvlab.models.contractual import *  # noqa: F403
from clvlab.models.family import *  # noqa: F403
from clvlab.models.registry import known_models as known_models
from clvlab.models.registry import load_fit as load_fit
from clvlab.models.registry import register_model as register_model
from clvlab.models.registry import unregister_model as unregister_model
from clvlab.models.spend import *  # noqa: F403
from clvlab.models.survival import *  # noqa: F403

MODELS: dict[str, str]
