"""The parameters of the law as a bank has set them.

Apart from :mod:`app.policy`, which knows no settings, and below everything that reads lists or decides by them.
"""

from app.policy.parameters import Parameters
from app.policy.vocabulary import Outcome
from app.settings import Settings


def parameters_of(settings: Settings) -> Parameters:
    """Return the parameters of the law with the bank's switches."""
    return Parameters(
        day_rule=settings.day_rule,
        requires_both_clearances=settings.require_both_clearances,
        inherit_confirmed=Outcome(settings.inherit_confirmed),
    )
