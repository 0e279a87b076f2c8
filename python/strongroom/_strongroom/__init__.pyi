"""The extension module behind ``strongroom``; import the modules of the package instead."""

from strongroom._strongroom import artifacts as artifacts
from strongroom._strongroom import audit as audit
from strongroom._strongroom import compat as compat
from strongroom._strongroom import contracts as contracts
from strongroom._strongroom import factors as factors
from strongroom._strongroom import lake as lake
from strongroom._strongroom import reports as reports

__all__ = [
    "ConflictError",
    "InternalError",
    "InvalidError",
    "NotFoundError",
    "ProtectedError",
    "StrongroomError",
    "TamperedError",
    "UnavailableError",
    "UnverifiedError",
    "__version__",
    "artifacts",
    "audit",
    "compat",
    "contracts",
    "factors",
    "lake",
    "reports",
]

__version__: str

class StrongroomError(Exception):
    """Everything that strongroom raises.

    Findings are not errors: they are answers about a document, and are returned.

    Attributes:
        code: The stable name of the error, for example ``platform.no_contracts``. Compare this,
            never the message.
        hint: The way out, if there is one to name.
    """

    code: str
    hint: str | None

class InvalidError(StrongroomError):
    """What was handed in cannot be used: mend it."""

class NotFoundError(StrongroomError):
    """Something is not there: look elsewhere."""

class ConflictError(StrongroomError):
    """Somebody was faster: plan again."""

class ProtectedError(StrongroomError):
    """A retention or a legal hold forbids it: wait, or ask for a release."""

class TamperedError(StrongroomError):
    """Something is not what it was: stop, and call a person."""

class UnverifiedError(StrongroomError):
    """Nobody whose key is known vouches for it: bring the key, or the missing part."""

class UnavailableError(StrongroomError):
    """Something cannot be reached now: try later."""

class InternalError(StrongroomError):
    """A bug of strongroom: report it."""
