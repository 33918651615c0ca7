"""Lambda entry point."""

import boto3
from botocore.config import Config

from dispatch_chunks.dispatch import SENDERS, dispatch
from rollcall import jobs as job_record
from rollcall.barrier import now
from rollcall.observability import logger
from rollcall.settings import Settings

settings = Settings.from_environment()
config = Config(max_pool_connections=SENDERS)
s3, sqs, events = (boto3.client(name, config=config) for name in ("s3", "sqs", "events"))
jobs = boto3.resource("dynamodb").Table(settings.need("jobs_table"))


def handler(event: dict, context) -> dict:
    """Takes {"job_id"}; returns how many chunks were {"pushed", "queued"}."""
    plan = job_record.plan_of(job_record.read(jobs, event["job_id"]))
    counts = dispatch(plan, settings.need("bucket"), s3, sqs, events, settings.need("bus"))
    job_record.update(jobs, plan.job_id, {"dispatched_at": now()})
    logger.info("job dispatched", job_id=plan.job_id, **counts)
    return counts
