"""GET /metrics: the collector's own counters as Prometheus text."""

from collections.abc import Iterator
from itertools import accumulate
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from collector.api.auth import viewer
from collector.api.errors import ERRORS
from collector.house import House, TheHouse
from collector.ingest.counters import BUCKETS, Counters, Histogram
from collector.store.accounts import Caller

router = APIRouter(tags=["health"], responses=ERRORS)
_COUNTED = (
    ("received", "messages", "Data messages that arrived from the broker"),
    ("committed_batches", "committed_batches", "Batches committed to the database"),
    ("committed_samples", "committed_samples", "Samples committed to the database"),
    ("duplicates", "duplicate_batches", "Batches that came again and changed nothing"),
    ("dropped", "dropped_messages", "Messages let go unacknowledged because too many waited; agents send them again"),
    ("lost", "unquarantined_messages", "Messages that could not even be quarantined"),
    ("not_finite", "not_finite_samples", "Samples left out because their value was not finite"),
    ("retries", "commit_retries", "Commits put off because the database could not be reached"),
)


class _House(Collector):
    """What one house counts, as metric families."""

    def __init__(self, house: House) -> None:
        self._house = house

    def collect(self) -> Iterator[Metric]:
        """Every family, read now."""
        counters: Counters = self._house.ingest.counters
        for name, shown, meaning in _COUNTED:
            yield CounterMetricFamily(f"firstbell_ingest_{shown}", meaning, value=getattr(counters, name))
        refused = CounterMetricFamily(
            "firstbell_ingest_refused_batches", "Batches refused, by reason", labels=["reason"]
        )
        for reason, count in sorted(counters.refused.items()):
            refused.add_metric([reason], count)
        yield refused
        yield GaugeMetricFamily(
            "firstbell_ingest_queue_messages", "Messages that wait to be committed", value=counters.queue_messages
        )
        yield GaugeMetricFamily(
            "firstbell_ingest_queue_bytes", "Bytes that wait to be committed", value=counters.queue_bytes
        )
        yield GaugeMetricFamily(
            "firstbell_ingest_lag_seconds", "Age of the newest batch of the last commit", value=counters.lag_ms / 1000
        )
        yield _histogram("firstbell_ingest_commit_seconds", "How long a commit took", counters.commit_seconds)
        yield GaugeMetricFamily(
            "firstbell_loops_down", "Loops of the collector that are stopped", value=len(self._house.supervisor.failed)
        )


def _histogram(name: str, meaning: str, seen: Histogram) -> HistogramMetricFamily:
    edges = [*(str(bucket) for bucket in BUCKETS), "+Inf"]
    buckets = list(zip(edges, accumulate(seen.counts), strict=True))
    return HistogramMetricFamily(name, meaning, buckets=buckets, sum_value=seen.total)


@router.get(
    "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
)
async def metrics(house: TheHouse, caller: Annotated[Caller, Depends(viewer)]) -> Response:
    """The collector's own counters in the Prometheus text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_House(house))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
