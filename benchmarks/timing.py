"""Wall time, processor time and memory of some work."""

import os
import resource
import time
from collections.abc import Callable


class Clock:
    """Measures work, and prints a row of it."""

    def __init__(self) -> None:
        self.wall = self.processor = 0.0

    def __call__[T](self, name: str, work: Callable[[], T], told: Callable[[T], str] = lambda _: "") -> T:
        """Do the work once and say how long it took."""
        wall, processor = time.perf_counter(), time.process_time()
        found = work()
        self.wall, self.processor = time.perf_counter() - wall, time.process_time() - processor
        print(f"  {name:44s} {self.wall:8.2f} s {self.processor:8.2f} s   {told(found)}", flush=True)
        return found


def load() -> str:
    """How busy the machine is."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def peak() -> float:
    """Gigabytes at most so far."""
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
