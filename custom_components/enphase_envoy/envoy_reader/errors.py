"""What can go wrong, one class for each decision that a caller has to make.

The class decides (wait, lose a section, ask the user), ``problem`` says which of the known
troubles it is (interfaces translate it), and the message explains it for a log.
No message ever holds a password, a token, a cookie or an e-mail address.
"""

from enum import StrEnum


class Problem(StrEnum):
    """A trouble that a user can be told about; the value is a translation key."""

    CANNOT_CONNECT = "cannot_connect"
    """Nothing answers at the address."""
    TIMEOUT = "timeout"
    """Something is there, but an answer did not come in time."""
    NOT_AN_ENVOY = "not_an_envoy"
    """Something answers at the address, and it is no gateway of ours."""
    WRONG_SERIAL = "wrong_serial"
    """The gateway at the address is another one than expected."""
    TOKENS_NEEDED = "tokens_needed"
    """The gateway only accepts tokens, and none can be had with the settings given."""
    TOKENS_UNKNOWN = "tokens_unknown"
    """The gateway's firmware is older than tokens."""
    INVALID_AUTH = "invalid_auth"
    """The gateway refuses the local user or password."""
    NO_PRODUCTION = "no_production"
    """The gateway answers, but none of its pages holds production figures."""
    BAD_RESPONSE = "bad_response"
    """A page answered with an error status or with a body that is not that page."""
    CLOUD_LOGIN_REFUSED = "cloud_login_refused"
    """Enlighten does not accept the user name or the password (401)."""
    CLOUD_SERIAL_REFUSED = "cloud_serial_refused"
    """The login is good, but the gateway is not in that account (403)."""
    CLOUD_SECOND_FACTOR = "cloud_second_factor"
    """The account asks for a second factor, so only a person can get a token."""
    CLOUD_LOCKED = "cloud_locked"
    """The cloud has locked the account for a while."""
    CODE_WRONG = "code_wrong"
    """The code that was typed is not the one that the cloud has sent."""
    CODE_EXPIRED = "code_expired"
    """The code that was typed may have been right, but came too late."""
    CLOUD_BUSY = "cloud_busy"
    """The cloud lets nobody in at the moment, for example for too many open sessions."""
    CLOUD_REFUSED = "cloud_refused"
    """The cloud refuses the request for another reason (400, 406, a page instead of a token)."""
    CLOUD_UNAVAILABLE = "cloud_unavailable"
    """The cloud does not answer, or says that it is busy (429, 5xx)."""
    CLOUD_PAUSED = "cloud_paused"
    """We do not ask the cloud now: it was asked too often, or refused too often."""
    TOKEN_MALFORMED = "token_malformed"  # noqa: S105 -- a translation key
    """The text given is not a token."""
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 -- a translation key
    """The token's time is over."""
    TOKEN_FOREIGN = "token_foreign"  # noqa: S105 -- a translation key
    """The token was made for another gateway."""
    TOKEN_REFUSED = "token_refused"  # noqa: S105 -- a translation key
    """The gateway does not accept the token, though it looks right."""
    COMMAND_AWAY = "command_away"
    """The gateway does not answer, so nothing was sent to it."""
    COMMAND_GONE = "command_gone"
    """The device that a command is for is not there any more."""
    COMMAND_OUT_OF_RANGE = "command_out_of_range"
    """The value is not one that the device can take."""
    COMMAND_CUTOFF_ABOVE_RESTORE = "command_cutoff_above_restore"
    """A load would be switched off at a higher charge than the one at which it comes back."""
    COMMAND_UNSUPPORTED = "command_unsupported"
    """The gateway's document has no place for the setting."""
    COMMAND_DENIED = "command_denied"
    """The gateway does not let us set this (401 or 403)."""
    COMMAND_REFUSED = "command_refused"
    """The gateway answers with an error, and nothing has changed."""
    COMMAND_IGNORED = "command_ignored"
    """The gateway has taken the command, and the device has not followed in its time."""
    COMMAND_CHARGING_ON = "command_charging_on"
    """The storage mode has changed, and charging from the grid, which came with it, stays on."""
    COMMAND_UNPROVEN = "command_unproven"
    """No answer came, and the device has not followed in its time."""

    @property
    def is_of_command(self) -> bool:
        """Whether it is what becomes of a command, and none of reading."""
        return self.startswith("command_")


class EnvoyError(Exception):
    """Root of everything that the reader raises on purpose."""

    default = Problem.BAD_RESPONSE

    def __init__(
        self, message: str, problem: Problem | None = None, *, status: int | None = None
    ) -> None:
        """Explain the trouble in ``message``; ``status`` is the HTTP status, if there was one."""
        super().__init__(message)
        self.problem = problem or self.default
        self.status = status


class EnvoyConnectionError(EnvoyError):
    """No usable answer; later may be better."""

    default = Problem.CANNOT_CONNECT


class EnvoyUncertainError(EnvoyConnectionError):
    """Something was sent and no usable answer came: it may have been obeyed."""


class EnvoyTimeoutError(EnvoyConnectionError):
    """A page, or the whole collection, ran out of time."""

    default = Problem.TIMEOUT


class EnlightenUnavailableError(EnvoyConnectionError):
    """The cloud cannot help now; the token in hand may still serve."""

    default = Problem.CLOUD_UNAVAILABLE


class EnvoyResponseError(EnvoyError):
    """The gateway answered, but not usably: by its status or by its content."""


class EnvoyAbsentError(EnvoyResponseError):
    """The gateway says that it has no such page (404, an error object, HTML for JSON)."""


class EnvoyDeniedError(EnvoyResponseError):
    """One page is not for us (401 or 403), which says nothing about the other pages."""


class EnvoyAuthenticationError(EnvoyError):
    """The credentials are no good: only the user can help."""

    default = Problem.INVALID_AUTH


class EnlightenAuthenticationError(EnvoyAuthenticationError):
    """The cloud refuses the credentials, or asks for more than them."""

    default = Problem.CLOUD_LOGIN_REFUSED


class EnvoyUnsupportedError(EnvoyError):
    """What answers is not a gateway that we can read."""

    default = Problem.NOT_AN_ENVOY


class EnvoyIdentityError(EnvoyError):
    """Another gateway answers at the address."""

    default = Problem.WRONG_SERIAL


class EnvoyCommandError(EnvoyError):
    """A command was not sent, was refused, or did not take; the device holds what it held."""

    default = Problem.COMMAND_IGNORED

    def __init__(
        self,
        message: str,
        problem: Problem | None = None,
        *,
        status: int | None = None,
        held: bool | float | str | None = None,
        seconds: float = 0,
    ) -> None:
        """Explain the trouble in ``message``; ``held`` is what the device does now, if known.

        ``seconds`` is how long it was waited for.
        """
        super().__init__(message, problem, status=status)
        self.held = held
        self.seconds = seconds
