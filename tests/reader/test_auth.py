import json

import pytest

from custom_components.enphase_envoy.envoy_reader.errors import (
    EnlightenAuthenticationError,
    EnlightenUnavailableError,
    Problem,
)
from custom_components.enphase_envoy.envoy_reader.exchange.auth import (
    Credentials,
    LoginLimiter,
    installer_password,
    local_logins,
)
from custom_components.enphase_envoy.envoy_reader.memory import VolatileMemory, section

from .credentials import DAY_S, NOW

SERIAL = "122112123456"
ENVOY = ("envoy", "123456")
INSTALLER = ("installer", "d525d2jh")
MINUTE_S = 60


@pytest.mark.parametrize(
    ("serial", "password"),
    [
        ("123456789012", "7edE24ed"),
        ("202012345678", "c7h685B8"),
        ("000000000000", "285A97bf"),
        ("122112123456", "d525d2jh"),
        ("122001002150", "hddD7C7g"),
        ("122000003383", "Eckje4ha"),
        ("121212121212", "f4a4b85e"),
    ],
)
def test_installer_password(serial, password):
    assert installer_password(serial) == password


@pytest.mark.parametrize(
    ("username", "password", "logins"),
    [
        ("", "", (ENVOY, INSTALLER)),
        ("envoy", "", (ENVOY, INSTALLER)),
        ("installer", "", (INSTALLER, ENVOY)),
        (" envoy ", "", (ENVOY, INSTALLER)),
        ("jane", "", (("jane", "123456"), ENVOY, INSTALLER)),
        ("envoy", "typed", (("envoy", "typed"), ENVOY, INSTALLER)),
        ("envoy", "123456", (ENVOY, INSTALLER)),
        ("installer", "typed", (("installer", "typed"), INSTALLER, ENVOY)),
        ("jane", "typed", (("jane", "typed"), ("jane", "123456"), ENVOY, INSTALLER)),
        ("", "typed", (("envoy", "typed"), ENVOY, INSTALLER)),
        ("jane@example.org", "of the cloud", (ENVOY, INSTALLER)),
    ],
)
def test_local_logins_are_tried_in_order(username, password, logins):
    assert local_logins(Credentials(username, password), SERIAL) == logins


def test_credentials_do_not_show_the_password():
    assert "swordfish" not in repr(Credentials("jane", "swordfish"))


@pytest.fixture
def memory():
    return VolatileMemory()


@pytest.fixture
def limiter(memory):
    return LoginLimiter(memory)


def allowed(limiter, now):
    """Tell whether a login may be made."""
    try:
        limiter.check(now)
    except EnlightenUnavailableError:
        return False
    return True


def restarted(memory):
    """Return a limiter as it is after a restart: its memory went through a file."""
    return LoginLimiter(VolatileMemory(data=json.loads(json.dumps(memory.data))))


def test_first_login_is_allowed(limiter):
    assert allowed(limiter, NOW)


@pytest.mark.parametrize(("after_s", "expected"), [(0, False), (899, False), (900, True)])
def test_one_login_in_fifteen_minutes(limiter, after_s, expected):
    limiter.record(NOW)

    assert allowed(limiter, NOW + after_s) is expected


@pytest.mark.parametrize(("after_s", "expected"), [(DAY_S - 1, False), (DAY_S, True)])
def test_four_logins_a_day(limiter, after_s, expected):
    for hour in range(4):
        limiter.record(NOW + hour * 3600)

    assert allowed(limiter, NOW + after_s) is expected


def test_asking_at_every_minute_of_a_day_makes_four_logins(memory):
    logins = 0
    for minute in range(24 * 60):
        limiter = restarted(memory) if minute % 50 == 0 else LoginLimiter(memory)
        if allowed(limiter, NOW + minute * MINUTE_S):
            LoginLimiter(memory).record(NOW + minute * MINUTE_S)
            logins += 1

    assert logins == 4


def test_pause_names_itself(limiter):
    limiter.record(NOW)

    with pytest.raises(EnlightenUnavailableError) as caught:
        limiter.check(NOW)
    assert caught.value.problem is Problem.CLOUD_PAUSED


def test_login_counts_across_restarts(memory, limiter):
    limiter.record(NOW)

    assert not allowed(restarted(memory), NOW + MINUTE_S)


def test_login_that_has_not_reached_the_cloud_is_none_of_the_four(memory, limiter):
    for number in range(10):
        limiter.record(NOW + number * 15 * MINUTE_S)
        limiter.unreached()

    assert allowed(restarted(memory), NOW + 150 * MINUTE_S)


def test_login_that_has_not_reached_the_cloud_is_followed_by_the_pause(memory, limiter):
    limiter.record(NOW)
    limiter.unreached()

    assert not allowed(restarted(memory), NOW + 14 * MINUTE_S)


def test_clock_set_back_does_not_pause_for_ever(limiter):
    limiter.record(NOW + 365 * DAY_S)
    limiter.unreached()
    allowed(limiter, NOW)

    assert allowed(limiter, NOW + 15 * MINUTE_S)


def test_no_login_cannot_be_taken_back(memory, limiter):
    limiter.unreached()

    assert memory.data == {"logins": {}}


def test_two_refusals_leave_a_third_attempt(limiter):
    for _ in range(2):
        limiter.refused()

    limiter.check(NOW)


def test_three_refusals_need_the_user(memory, limiter):
    for _ in range(3):
        limiter.refused()

    with pytest.raises(EnlightenAuthenticationError) as caught:
        restarted(memory).check(NOW + 365 * DAY_S)
    assert caught.value.problem is Problem.CLOUD_PAUSED


@pytest.mark.parametrize(
    ("times", "pause_s"), [(1, 1800), (2, 7200), (3, 28800), (4, 28800)], ids=str
)
def test_busy_cloud_is_left_longer_each_time(limiter, times, pause_s):
    limiter.record(NOW)
    for _ in range(times):
        limiter.busy()

    with pytest.raises(EnlightenUnavailableError):
        limiter.check(NOW + pause_s - 1)
    limiter.check(NOW + pause_s)


def test_busy_cloud_never_needs_the_user(limiter):
    for day in range(10):
        limiter.record(NOW + day * 86400)
        limiter.busy()

    limiter.check(NOW + 10 * 86400)


def test_login_that_works_ends_the_longer_pause(limiter):
    limiter.record(NOW)
    limiter.busy()
    limiter.reset()

    limiter.check(NOW + 900)


def test_user_ends_the_refusals(limiter):
    for _ in range(3):
        limiter.refused()
    limiter.reset()

    limiter.check(NOW)


def test_clock_set_back_does_not_lock_for_ever(limiter):
    limiter.record(NOW + 365 * DAY_S)
    allowed(limiter, NOW)

    assert allowed(limiter, NOW + 15 * MINUTE_S)


def test_clock_set_back_does_not_unlock(memory, limiter):
    limiter.record(NOW + DAY_S)

    assert not allowed(restarted(memory), NOW)


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        [],
        "text",
        {"at": 7, "refusals": "3"},
        {"at": ["x", None, {}], "refusals": None},
        {"at": {}, "refusals": [3]},
        {"tried": "now"},
        {"codes": "text"},
        {"codes": ["x", {}], "at": 1},
    ],
)
def test_damaged_record_is_an_empty_one(damaged):
    limiter = LoginLimiter(VolatileMemory(data={"logins": damaged}))

    limiter.check(NOW)
    assert limiter.for_person(NOW) == []


def test_person_may_correct_a_password_at_once(limiter):
    for _ in range(4):
        limiter.record(NOW)

    assert limiter.for_person(NOW) == []


def test_persons_sign_ins_for_which_a_code_was_asked_count_with_all_others(memory, limiter):
    limiter.record(NOW)
    limiter.record_code(NOW + 60)

    assert limiter.for_person(NOW + 60) == [NOW + 60]  # the first is why the person has come
    assert limiter.for_person(NOW + 900) == [NOW, NOW + 60]
    assert restarted(memory).for_person(NOW + DAY_S) == [NOW + 60]
    assert not allowed(restarted(memory), NOW + 900)
    assert limiter.for_person(NOW + DAY_S + 60) == []


def test_section_is_kept_for_writing(memory):
    section(memory, "logins")["x"] = 1

    assert memory.data == {"logins": {"x": 1}}


def test_nothing_secret_is_noted(memory, limiter):
    limiter.record(NOW)
    limiter.refused()

    assert memory.data == {"logins": {"at": [NOW], "refusals": 1}}
