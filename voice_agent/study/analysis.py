"""What a trial found: change in each arm, differences between arms, by scipy and statsmodels.

Everybody who was randomised counts in their arm, whatever they did afterwards (intention to treat).
- Change in an arm: mean of the differences after - before, with the 95 % interval of Student's t.
- Between arms: difference of the mean changes with Welch's interval; Hedges' g of the changes (Hedges 1981, its
  interval by the large-sample variance of Hedges & Olkin 1985); p by permutation of the arms (scipy).
- Mixed model (statsmodels MixedLM, REML): value ~ time x arm with a random intercept for each participant; it uses
  those with one of the two values too, and is right when values are missing at random.
- Missing: told for each arm; `g_no_change` counts a missing change as none (a cautious look, not an estimate).
- The primary measure at its first point is tested once for each arm, p corrected over the arms by Holm (1979); all
  others are exploratory, corrected over all of them.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from voice_agent.errors import UserError
from voice_agent.study.dataset import Dataset
from voice_agent.study.outcomes import BEFORE, Outcome, outcomes_of
from voice_agent.study.protocol import Better

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]
RESAMPLES = 9_999
FEWEST = 3
"""In each arm: with fewer, intervals and tests say nothing."""


class ArmChange(msgspec.Struct, frozen=True, kw_only=True):
    """One measure in one arm, from before to one point after."""

    arm: str
    randomised: int
    analysed: int
    """With both values."""
    before: float | None
    """Mean of those with both values."""
    after: float | None
    change: float | None
    change_ci: Interval | None
    percent: float | None
    """Change of the mean in per cent of the mean before, as IMBUE tells it."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """An arm's change against the control's."""

    arm: str
    difference: float | None
    difference_ci: Interval | None
    g: float | None
    """Hedges' g of the changes; positive where the arm's values rose more."""
    g_ci: Interval | None
    g_no_change: float | None
    p: float | None
    p_holm: float | None
    model: float | None
    """Arm x time of the mixed model, in the measure's unit."""
    model_ci: Interval | None
    model_p: float | None
    truth: float | None
    """Simulated studies: the population's standardised difference that was set."""


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    measure: str
    title: str
    better: Better
    point: str
    primary: bool
    arms: tuple[ArmChange, ...]
    differences: tuple[Difference, ...]
    model_note: str
    """Why there is no mixed model, or what is odd about it; empty when all is well."""


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    study: str
    title: str
    simulated: bool
    control: str
    randomised: dict[str, int]
    finished: dict[str, int]
    withdrawn: dict[str, int]
    enrolled: int
    contrasts: tuple[Contrast, ...]


def analyse(data: Dataset, *, seed: int = 1, resamples: int = RESAMPLES) -> Analysis:
    """Raises UserError without the libraries, or when nobody was randomised."""
    _need_libraries()
    arm_of = data.arm_of
    if not arm_of:
        raise UserError("nobody is randomised yet", place=f"study {data.study.id}", cure="run participants first")
    contrasts: list[Contrast] = []
    for outcome in outcomes_of(data):
        for place, point in enumerate(outcome.measure.points):
            is_primary = outcome.measure.id == data.study.primary and place == 0
            draw = np.random.default_rng([seed, len(contrasts)])
            contrasts.append(_contrast(data, outcome, point, is_primary, draw, resamples))
    arms = [arm.id for arm in data.study.arms]
    rows = data.participants
    return Analysis(
        study=data.study.id,
        title=data.study.title,
        simulated=data.simulated,
        control=data.study.control,
        randomised={arm: sum(row.arm == arm for row in rows) for arm in arms},
        finished={arm: sum(row.arm == arm and row.finished for row in rows) for arm in arms},
        withdrawn={arm: sum(row.arm == arm and row.withdrawn for row in rows) for arm in arms},
        enrolled=len(rows),
        contrasts=tuple(_corrected(contrasts)),
    )


def _need_libraries() -> None:
    try:
        import scipy  # noqa: F401
        import statsmodels  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"the analysis needs {error.name}, which is not installed", cure="pip install 'voice_agent[trials]'"
        ) from error


def _contrast(
    data: Dataset, outcome: Outcome, point: str, is_primary: bool, draw: np.random.Generator, resamples: int
) -> Contrast:
    arm_of, arms = data.arm_of, [arm.id for arm in data.study.arms]
    pairs: dict[str, Floats] = {}
    for arm in arms:
        both = [
            (values[BEFORE], values[point])
            for code, values in outcome.values.items()
            if arm_of[code] == arm and BEFORE in values and point in values
        ]
        pairs[arm] = np.array(both, dtype=np.float64).reshape(-1, 2)
    randomised = {arm: sum(one == arm for one in arm_of.values()) for arm in arms}
    models, note = _mixed_model(outcome, point, arm_of, arms, data.study.control)
    control = pairs[data.study.control]
    differences = []
    for arm in arms:
        if arm == data.study.control:
            continue
        one = compared(_changes(pairs[arm]), _changes(control), draw, resamples)
        missing = randomised[arm] - len(pairs[arm]), randomised[data.study.control] - len(control)
        no_change = hedges_g(_with_zeros(pairs[arm], missing[0]), _with_zeros(control, missing[1]))
        told = models.get(arm)
        differences.append(
            Difference(
                arm=arm,
                difference=one.difference,
                difference_ci=one.interval,
                g=one.g,
                g_ci=one.g_interval,
                g_no_change=no_change,
                p=one.p,
                p_holm=None,
                model=told[0] if told else None,
                model_ci=told[1] if told else None,
                model_p=told[2] if told else None,
                truth=data.truth.get(f"{arm}/{outcome.measure.id}/{point}"),
            )
        )
    return Contrast(
        measure=outcome.measure.id,
        title=outcome.measure.title,
        better=outcome.measure.better,
        point=point,
        primary=is_primary,
        arms=tuple(_arm_change(arm, randomised[arm], pairs[arm]) for arm in arms),
        differences=tuple(differences),
        model_note=note,
    )


def _changes(pairs: Floats) -> Floats:
    return pairs[:, 1] - pairs[:, 0]


def _with_zeros(pairs: Floats, missing: int) -> Floats:
    return np.concatenate([_changes(pairs), np.zeros(missing)])


def _arm_change(arm: str, randomised: int, pairs: Floats) -> ArmChange:
    count = len(pairs)
    before, after = (float(pairs[:, 0].mean()), float(pairs[:, 1].mean())) if count else (None, None)
    change = after - before if before is not None and after is not None else None
    return ArmChange(
        arm=arm,
        randomised=randomised,
        analysed=count,
        before=before,
        after=after,
        change=change,
        change_ci=mean_interval(_changes(pairs)),
        percent=100 * change / before if change is not None and before else None,
    )


def mean_interval(values: Floats, level: float = 0.95) -> Interval | None:
    """Student's t; None for fewer than `FEWEST` values."""
    from scipy import stats

    if len(values) < FEWEST:
        return None
    half = float(stats.t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)))
    mean = float(values.mean())
    return mean - half, mean + half


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of an arm against the control's."""

    difference: float | None = None
    interval: Interval | None = None
    g: float | None = None
    g_interval: Interval | None = None
    p: float | None = None


def compared(arm: Floats, control: Floats, draw: np.random.Generator, resamples: int = RESAMPLES) -> Compared:
    """All None for fewer than `FEWEST` values in one of them."""
    from scipy import stats

    if min(len(arm), len(control)) < FEWEST:
        return Compared()
    difference = float(arm.mean() - control.mean())
    if not (np.ptp(arm) or np.ptp(control)):
        return Compared(difference=difference)  # nobody differs: nothing to test
    welch = stats.ttest_ind(arm, control, equal_var=False).confidence_interval(0.95)
    tested = stats.permutation_test(
        (arm, control), _mean_difference, vectorized=True, n_resamples=resamples, rng=draw, batch=2_000
    )
    g = hedges_g(arm, control)
    return Compared(
        difference=difference,
        interval=(float(welch.low), float(welch.high)),
        g=g,
        g_interval=_g_interval(g, len(arm), len(control)) if g is not None else None,
        p=float(tested.pvalue),
    )


def _mean_difference(one: Floats, other: Floats, axis: int = -1) -> Any:
    return one.mean(axis=axis) - other.mean(axis=axis)


def hedges_g(arm: Floats, control: Floats) -> float | None:
    """Standardised by the pooled deviation of the changes, with the small-sample correction."""
    freedom = len(arm) + len(control) - 2
    if min(len(arm), len(control)) < FEWEST:
        return None
    pooled = math.sqrt(((len(arm) - 1) * arm.var(ddof=1) + (len(control) - 1) * control.var(ddof=1)) / freedom)
    if pooled == 0:
        return None
    return float((arm.mean() - control.mean()) / pooled * (1 - 3 / (4 * freedom - 1)))


def _g_interval(g: float, one: int, other: int) -> Interval:
    half = 1.959964 * math.sqrt((one + other) / (one * other) + g * g / (2 * (one + other)))
    return g - half, g + half


_Model = tuple[float, Interval, float]


def _mixed_model(
    outcome: Outcome, point: str, arm_of: dict[str, str], arms: Sequence[str], control: str
) -> tuple[dict[str, _Model], str]:
    """Estimate, interval and p of arm x time for each arm but the control; and a note where something is odd."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    others = [arm for arm in arms if arm != control]
    rows, values, groups = [], [], []
    for code, told in outcome.values.items():
        for time, name in enumerate((BEFORE, point)):
            if name in told:
                is_arm = [float(arm_of[code] == arm) for arm in others]
                rows.append([1.0, time, *is_arm, *(time * one for one in is_arm)])
                values.append(told[name])
                groups.append(code)
    if len(set(groups)) < FEWEST * len(arms):
        return {}, "too few participants for a mixed model"
    exog, endog = np.array(rows, dtype=np.float64), np.array(values, dtype=np.float64)
    if np.linalg.matrix_rank(exog) < exog.shape[1] or not np.ptp(endog):
        return {}, "an arm has no values for a mixed model"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fitted = MixedLM(endog, exog, groups=np.array(groups)).fit(reml=True)
        except (np.linalg.LinAlgError, ValueError) as error:
            return {}, f"the mixed model failed: {error}"
    intervals = np.asarray(fitted.conf_int())
    found: dict[str, _Model] = {}
    for place, arm in enumerate(others, start=2 + len(others)):
        low, high = (float(value) for value in intervals[place])
        found[arm] = float(fitted.fe_params[place]), (low, high), float(fitted.pvalues[place])
    if not fitted.converged:
        return {}, "the mixed model did not converge"
    if any("boundary" in str(one.message) or "singular" in str(one.message) for one in caught):
        return found, "participants hardly differ: the model's random intercept is near 0"
    return found, ""


def _corrected(contrasts: Sequence[Contrast]) -> list[Contrast]:
    """With Holm's p: the primary contrast by itself, all others together."""
    from statsmodels.stats.multitest import multipletests

    corrected: dict[tuple[int, int], float] = {}
    for is_primary in (True, False):
        places = [
            (i, j)
            for i, contrast in enumerate(contrasts)
            if contrast.primary is is_primary
            for j, one in enumerate(contrast.differences)
            if one.p is not None
        ]
        if places:
            told = multipletests([contrasts[i].differences[j].p for i, j in places], method="holm")[1]
            corrected |= {place: float(p) for place, p in zip(places, told, strict=True)}
    replace = msgspec.structs.replace
    return [
        replace(
            contrast,
            differences=tuple(
                replace(one, p_holm=corrected.get((i, j))) for j, one in enumerate(contrast.differences)
            ),
        )
        for i, contrast in enumerate(contrasts)
    ]
