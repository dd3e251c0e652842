"""How sure a rate is, and whether a change is more than chance."""

from math import sqrt

# Half of the 95 % of a standard normal distribution on either side of its mean.
_Z = 1.959963984540054


def wilson_interval(successes: int, trials: int) -> tuple[float, float] | None:
    """The 95 % score interval of a rate, in per cent, unrounded; None over nothing.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927; recommended by Brown,
    Cai and DasGupta, "Interval Estimation for a Binomial Proportion", 2001. Its ends never leave 0 to 100.
    """
    if not trials:
        return None
    rate, weight = successes / trials, _Z * _Z / trials
    centre = (rate + weight / 2) / (1 + weight)
    half = _Z / (1 + weight) * sqrt(rate * (1 - rate) / trials + weight / (4 * trials))
    # At the ends the interval touches the rate itself, which floating point misses by a hair.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == trials else centre + half
    return 100 * low, 100 * high


def sign_test(won: int, lost: int) -> tuple[float, bool]:
    """The p-value of the two-sided exact sign test, and whether it is below 0.05; 1 for none against none.

    If nothing has changed, won and lost are equally likely, so that their numbers are binomial with one half.
    """
    trials = won + lost
    term = total = 1
    for number in range(min(won, lost)):
        term = term * (trials - number) // (number + 1)
        total += term
    # As whole numbers: the powers of two of a few thousand cells are beyond floating point.
    whole = 1 << trials
    return min(1.0, 2 * total / whole), 40 * total < whole
