"""What can go wrong, one class for each decision that a caller has to make.

The class says what to do (wait, lose a section, ask the user). ``problem`` is one of the known
troubles, which the interface translates. The message is for a log.
No message ever holds a password, a token, a cookie or an e-mail address.
"""

from enum import StrEnum


class Problem(StrEnum):
    """A known trouble that is shown to the user; the value is a translation key."""

    CANNOT_CONNECT = "cannot_connect"
    """Nothing answers at the address."""
    TIMEOUT = "timeout"
    """Something is there, but an answer did not come in time."""
    NOT_AN_ENVOY = "not_an_envoy"
    """Something answers at the address, but it is not an Enphase gateway."""
    WRONG_SERIAL = "wrong_serial"
    """The gateway at the address is not the expected one."""
    TOKENS_NEEDED = "tokens_needed"
    """The gateway only accepts tokens, and the settings do not allow to get one."""
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
    """The cloud refuses all logins for now, for example because of too many open sessions."""
    CLOUD_REFUSED = "cloud_refused"
    """The cloud refuses the request for another reason (400, 406, a page instead of a token)."""
    CLOUD_UNAVAILABLE = "cloud_unavailable"
    """The cloud does not answer, or says that it is busy (429, 5xx)."""
    CLOUD_PAUSED = "cloud_paused"
    """We do not ask the cloud now: it was asked too often, or refused too often."""
    TOKEN_MALFORMED = "token_malformed"  # noqa: S105 -- a translation key
    """The text given is not a token."""
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 -- a translation key
    """The token has expired."""
    TOKEN_FOREIGN = "token_foreign"  # noqa: S105 -- a translation key
    """The token was made for another gateway."""
    TOKEN_REFUSED = "token_refused"  # noqa: S105 -- a translation key
    """The gateway does not accept the token, although it looks right."""
    COMMAND_AWAY = "command_away"
    """The gateway does not answer, so nothing was sent to it."""
    COMMAND_GONE = "command_gone"
    """The device of the command does not exist any more."""
    COMMAND_OUT_OF_RANGE = "command_out_of_range"
    """The device does not support the value."""
    COMMAND_CUTOFF_ABOVE_RESTORE = "command_cutoff_above_restore"
    """The load would be switched off at a higher charge than it is switched on again."""
    COMMAND_UNSUPPORTED = "command_unsupported"
    """The gateway's document has no such setting."""
    COMMAND_DENIED = "command_denied"
    """The gateway does not let us set this (401 or 403)."""
    COMMAND_REFUSED = "command_refused"
    """The gateway answers with an error, and nothing has changed."""
    COMMAND_IGNORED = "command_ignored"
    """The gateway has accepted the command, but the device has not followed in time."""
    COMMAND_CHARGING_ON = "command_charging_on"
    """The storage mode is set, but charging from the grid was switched on with it and stays on."""
    COMMAND_UNPROVEN = "command_unproven"
    """No answer came, and the device has not followed in time."""


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
    """No usable answer; trying again later may help."""

    default = Problem.CANNOT_CONNECT


class EnvoyUncertainError(EnvoyConnectionError):
    """Something was sent, and no usable answer came: the gateway may have obeyed."""


class EnvoyTimeoutError(EnvoyConnectionError):
    """A page, or the whole collection, ran out of time."""

    default = Problem.TIMEOUT


class EnlightenUnavailableError(EnvoyConnectionError):
    """The cloud cannot help now; the present token may still be good."""

    default = Problem.CLOUD_UNAVAILABLE


class EnvoyResponseError(EnvoyError):
    """The gateway's answer is unusable, by its status or by its content."""


class EnvoyAbsentError(EnvoyResponseError):
    """The gateway says that it has no such page (404, an error object, HTML for JSON)."""


class EnvoyDeniedError(EnvoyResponseError):
    """One page is denied to us (401 or 403); other pages may be allowed."""


class EnvoyAuthenticationError(EnvoyError):
    """The credentials are not accepted: only the user can help."""

    default = Problem.INVALID_AUTH


class EnlightenAuthenticationError(EnvoyAuthenticationError):
    """The cloud refuses the credentials, or asks for a second factor."""

    default = Problem.CLOUD_LOGIN_REFUSED


class EnvoyUnsupportedError(EnvoyError):
    """The device at the address is not a gateway that we can read."""

    default = Problem.NOT_AN_ENVOY


class EnvoyIdentityError(EnvoyError):
    """Another gateway answers at the address."""

    default = Problem.WRONG_SERIAL


class EnvoyCommandError(EnvoyError):
    """A command was not sent, was refused, or was not followed."""

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

        ``seconds`` is the time for which we waited.
        """
        super().__init__(message, problem, status=status)
        self.held = held
        self.seconds = seconds
