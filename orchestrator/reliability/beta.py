"""Quantiles of the Beta distribution, for intervals of success rates: pure arithmetic, exact to nine digits.

The incomplete beta function by its continued fraction (M. Abramowitz, I. Stegun: Handbook of mathematical functions,
1964, 26.5.8), evaluated by Lentz's method (W. J. Lentz, Applied Optics 15, 1976); its inverse by Newton's method, kept
within bounds that are halved where it would leave them.
"""

from __future__ import annotations

from math import exp, lgamma, log

_TINY, _NEAR, _STEPS, _TERMS = 1e-30, 1e-10, 80, 400


def below(x: float, a: float, b: float) -> float:
    """Return the probability that a Beta(a, b) variable is at most x."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # where the fraction is slow, its mirror image is fast
        return 1 - below(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    return front * _fraction(x, a, b) / a


def quantile(share: float, a: float, b: float) -> float:
    """Return the value that a Beta(a, b) variable stays below with probability `share`; a and b are at least 1."""
    low, high, x = 0.0, 1.0, a / (a + b)
    scale = lgamma(a + b) - lgamma(a) - lgamma(b)
    for _ in range(_STEPS):
        gap = below(x, a, b) - share
        low, high = (low, x) if gap > 0 else (x, high)
        slope = exp(scale + (a - 1) * log(x) + (b - 1) * log(1 - x))
        nearer = x - gap / slope if slope > _TINY else low
        if not low < nearer < high:
            nearer = (low + high) / 2
        if abs(nearer - x) < _NEAR:
            break
        x = nearer
    return x


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _safe(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for term in (even, odd):
            d, c = 1 / _safe(1 + term * d), _safe(1 + term / c)
            step = c * d
            value *= step
        if abs(step - 1) < _NEAR:
            break
    return value


def _safe(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
