"""What went wrong inside an embedded cloud, though a client may just have called again."""

from embedded_cloud.settings import CloudSettings

LINES = 40


def faults(settings: CloudSettings) -> list[list[str]]:
    """The tracebacks of its log, each with the line before."""
    lines = settings.log_file.read_text().splitlines()
    begins = [number for number, line in enumerate(lines) if line.startswith("Traceback")]
    return [lines[max(0, number - 1) : number + LINES] for number in begins]
