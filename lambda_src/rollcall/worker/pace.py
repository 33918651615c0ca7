"""How long a worker's chunks take, and so how many it takes at once."""

from collections import deque
from dataclasses import dataclass, field

from rollcall.dispatch import queues

# Pull as many chunks at once as fill about this time, so that the last ones are shared out; while one runs that takes
# less, the next is fetched.
PULL_SECONDS = 2.0


@dataclass
class Pace:
    """What the last ten chunks took, in seconds, so that a hiccup is soon forgotten; and the longest of all."""

    max_attempts: int
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=queues.BATCH))
    longest: float = 0.0

    def note(self, seconds: float) -> None:
        self.recent.append(seconds)
        self.longest = max(self.longest, seconds)

    @property
    def overlaps(self) -> bool:
        """Chunks that take long gain nothing; of a route that allows one attempt none may be lost with another."""
        return max(self.recent, default=0.0) < PULL_SECONDS and self.max_attempts > 1

    def pull_size(self) -> int:
        """Chunks of a route that allows one attempt go one by one: none may be lost with another."""
        if not self.recent or self.max_attempts == 1:
            return 1
        return chunks_at_once(max(self.recent))


def chunks_at_once(seconds: float) -> int:
    """How many chunks that take so long are pulled together."""
    return max(1, min(queues.BATCH, int(PULL_SECONDS / max(seconds, 0.001))))
