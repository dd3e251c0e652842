"""Measuring side by side: what is compared runs in turn, so that a noisy machine is noisy for all of it."""

import gc
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

type Work = Callable[[], object]


@dataclass(frozen=True)
class Cpu:
    """CPU times of one thing in milliseconds, over all threads of this process."""

    times: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    def ratio_to(self, other: "Cpu") -> float:
        return self.median / other.median


@contextmanager
def on_one_core() -> Iterator[None]:
    """For this thread and those that it starts, as with a function's 1,024 MB, which come with 0.58 of a core.

    On two cores the threads of one process pass Python's lock from one to the other, which takes CPU time that no
    function has to spend. Only Linux lets a program choose.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def cpu_ms(work: Work) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1_000


def ready(work: Work) -> Callable[[], Work]:
    """Work for which nothing has to be made ready."""
    return lambda: work


def side_by_side(things: Mapping[str, Callable[[], Work]], rounds: int) -> dict[str, Cpu]:
    """Each thing once a round, after one round that does not count.

    A thing makes ready and returns its work, which alone is measured.
    """
    for make_ready in things.values():
        make_ready()()
    gc.collect()
    times: dict[str, list[float]] = {name: [] for name in things}
    for _ in range(rounds):
        for name, make_ready in things.items():
            times[name].append(cpu_ms(make_ready()))
    return {name: Cpu(tuple(measured)) for name, measured in times.items()}


def peak_mb(work: Work) -> float:
    """The most that Python's allocator held at once for the work, in MB."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
