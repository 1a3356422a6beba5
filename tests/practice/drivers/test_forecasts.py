from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from practice.drivers.forecasts import Forecast, brier, calibration

FORECASTS = st.lists(
    st.builds(Forecast, probability=st.integers(0, 100).map(lambda n: n / 100), happened=st.booleans()), max_size=30
)


@given(FORECASTS)
def test_the_brier_score_is_the_one_everybody_means(forecasts: list[Forecast]) -> None:
    if not forecasts:
        assert brier(forecasts) is None
        return
    truth, said = [each.happened for each in forecasts], [each.probability for each in forecasts]
    assert brier(forecasts) == pytest.approx(brier_score_loss(truth, said, pos_label=True, labels=[False, True]))


def test_known_scores() -> None:
    assert brier([Forecast(probability=1, happened=True)]) == 0
    assert brier([Forecast(probability=1, happened=False)]) == 1
    assert brier([Forecast(probability=0.5, happened=True), Forecast(probability=0.5, happened=False)]) == 0.25


@given(FORECASTS)
def test_every_forecast_stands_in_one_band(forecasts: list[Forecast]) -> None:
    bands = calibration(forecasts)
    assert sum(band.count for band in bands) == len(forecasts)
    assert sum(round(band.happened * band.count) for band in bands) == sum(each.happened for each in forecasts)
    for band in bands:
        assert band.least - 1e-9 <= band.expected <= band.most + 1e-9
