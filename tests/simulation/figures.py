"""What the simulation assumes of AWS, in seconds unless named otherwise, each with its source.

"Typical" figures are rounded from measurements that have been published for calls within one Region;
AWS guarantees none of them. A figure that nobody has published says so.
"""

# Each call takes a time drawn evenly from its range.
SQS = (0.008, 0.010)  # typical; the developer guide says "tens of milliseconds"
S3_GET = (0.018, 0.022)  # typical for objects of some KB; the user guide names 100-200 ms as the upper end
S3_PUT = (0.027, 0.033)
DYNAMODB = (0.004, 0.006)  # "single-digit milliseconds", developer guide
PUT_EVENTS = (0.013, 0.017)
EVENT_TO_TARGET = (0.11, 0.24)  # 148 ms median, 241 ms p90: bitesizedserverless.com, Serverless Messaging Latency

# DynamoDB serves one partition key at this pace; what exceeds it is throttled, and waits here.
WRITES_A_SECOND = 1000
READS_A_SECOND = 3000
ROWS_A_PAGE = 1000  # a page of a query is 1 MB, a slot's row at most 1 KB

# docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html: 1,000 environments every 10 s and function,
# "refilled continuously", unused ones do not add up.
BURST = 1000
STARTS_A_SECOND = 100.0
COLD_START = 1.0
WARM_START = 0.02
LAMBDA_TIMEOUT = 900.0
# A throttled asynchronous call is repeated after 1 s to 5 minutes, "exponentially" (Lambda developer guide); that the
# waits are spread by half to either side is not published.
FIRST_RETRY, LAST_RETRY = 1.0, 300.0
RETRY_SPREAD = (0.5, 1.5)

# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
NOISY_SHARE = 0.10
NOISY_IN_FLIGHT = 30
MOST_IN_FLIGHT = 120_000  # quota of a standard queue; a short poll is refused then, a long one finds nothing
HANDLE_LENGTH = 412  # of a receipt handle, in characters
# A short poll asks some of the servers only and may find nothing while there is something, "most likely" below 1,000
# messages (SQS developer guide); how often is not published.
SMALL_QUEUE = 1000
SHORT_POLL_MISSES = 0.25

# One CPU of the dispatching Lambda makes a call, whatever the number of threads: about 1.5 ms of Python and boto3.
CPU_A_CALL = 0.0015
