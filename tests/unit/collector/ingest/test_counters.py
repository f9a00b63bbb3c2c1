"""The histograms of `/metrics`."""

from collections import Counter

import pytest

from collector.ingest.counters import BUCKETS, Histogram


def test_the_histogram_counts_each_once() -> None:
    histogram = Histogram()
    for seconds in (0.0, 0.005, 0.006, 99.0):
        histogram.observe(seconds)
    assert Counter(dict(enumerate(histogram.counts))) == Counter({0: 2, 1: 1, len(BUCKETS): 1})
    assert histogram.total == pytest.approx(99.011)
