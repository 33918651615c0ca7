"""One logger and one metrics collector (CloudWatch embedded metric format) for every function."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(service=None)
metrics = Metrics(service=None)

__all__ = ["MetricUnit", "logger", "metrics"]
