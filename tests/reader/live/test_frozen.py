from custom_components.enphase_envoy.envoy_reader.live.frozen import Sameness


def after(*polls):
    """Return the sameness after polls of (figures, time of the page)."""
    same = Sameness()
    for figures, at in polls:
        same = same.after(figures, at)
    return same


def test_figures_that_repeat_while_time_advances_are_frozen():
    assert after(*((1.234, 100.0 + second) for second in range(6))).frozen


def test_two_equal_answers_prove_nothing():
    assert not after((1.234, 100), (1.234, 110)).frozen


def test_page_that_is_read_before_it_is_renewed_is_not_frozen():
    assert not after(*[(1.234, 100)] * 20).frozen


def test_figures_that_repeat_for_a_moment_are_not_frozen():
    assert not after((1.234, 100), (1.234, 101), (1.234, 102)).frozen


def test_another_figure_ends_it():
    same = after(*((1.234, 100.0 + second) for second in range(9))).after(1.235, 109)

    assert not same.frozen


def test_zeros_of_a_night_are_not_frozen():
    same = Sameness()
    for second in range(60):
        same = same.after(0.0, 100.0 + second, quiet=True)

    assert not same.frozen
