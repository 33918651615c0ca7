"""The gates and widths that engines share, made from a profile's quotas."""

from rollcall_planner.curves import Gate, Ramp, limit
from rollcall_planner.profiles import Profile
from rollcall_planner.workload import Workload

CONCURRENCY = "concurrency asked for"
ACCOUNT = "Lambda account concurrency"
INSTANCES = "vCPUs of the Managed Instances"
CONTROL_LAMBDAS = 50  # what modules/route_schema keeps for the functions that run jobs
FRAME_TRANSITIONS = 10  # states a job enters besides those of its chunks


def bucket(profile: Profile, name: str, quota: str, a_unit: float = 1.0, spent: float = 0.0) -> Gate:
    """A token bucket as a gate for units that take `a_unit` tokens each; `quota` names its rate, or rate and bucket."""
    burst = profile.quotas.get(f"{quota}_bucket", profile.quotas[f"{quota}_per_s"])
    return Gate(name, (burst - spent) / a_unit, profile.quotas[f"{quota}_per_s"] / a_unit, quota=f"{quota}_per_s")


def transitions(profile: Profile, a_unit: float) -> Gate:
    return bucket(profile, "Step Functions state transitions", "state_transition", a_unit, FRAME_TRANSITIONS)


def start_execution(profile: Profile) -> Gate:
    return bucket(profile, "Step Functions StartExecution", "start_execution")


def send_task_success(profile: Profile) -> Gate:
    return bucket(profile, "Step Functions SendTaskSuccess", "send_task_success")


def put_events(profile: Profile, a_unit: float) -> Gate:
    return bucket(profile, "EventBridge PutEvents", "put_events", a_unit)


def rule_invocations(profile: Profile, a_unit: float) -> Gate:
    return bucket(profile, "EventBridge rule invocations", "rule_invocations", a_unit)


def storage(profile: Profile) -> tuple[Gate, Gate]:
    """A worker reads each chunk with one GET and stores its results with one PUT, all under one job's prefix."""
    return bucket(profile, "S3 PUTs of one prefix", "s3_put"), bucket(profile, "S3 GETs of one prefix", "s3_get")


def asked_for(workload: Workload, profile: Profile) -> int:
    """The concurrency of the question, or where it names none as many as the account may run."""
    if workload.concurrency:
        return workload.concurrency
    if workload.target == "lambda":
        return int(profile.quotas["lambda_concurrency"])
    return int(vcpu_quota(workload, profile) // workload.vcpus)


def asked_widths(workload: Workload) -> tuple[Ramp, ...]:
    """The concurrency of the question as a width, where it names one."""
    return (limit(CONCURRENCY, workload.concurrency),) if workload.concurrency else ()


def vcpu_quota(workload: Workload, profile: Profile) -> float:
    return profile.quotas["fargate_spot_vcpus" if workload.spot else "fargate_vcpus"]


def on_instances(profile: Profile) -> bool:
    """Whether Lambda workers have Managed Instances to themselves, and take no place of the account's other Lambdas."""
    return "managed-instances" in profile.what_ifs


def lambda_widths(profile: Profile) -> tuple[Ramp, Ramp]:
    step = profile.quotas["lambda_scaling_per_10s"]
    return (
        limit(
            INSTANCES if on_instances(profile) else ACCOUNT, profile.quotas["lambda_concurrency"], "lambda_concurrency"
        ),
        Ramp("Lambda scaling of one function", step, step / 10, "lambda_scaling_per_10s"),
    )


def container_widths(workload: Workload, profile: Profile) -> tuple[Ramp, ...]:
    quota = "fargate_spot_vcpus" if workload.spot else "fargate_vcpus"
    vcpus = limit("Fargate vCPU quota", vcpu_quota(workload, profile) // workload.vcpus, quota)
    launches = Ramp(
        "Fargate launch rate", profile.quotas["fargate_burst"], profile.quotas["fargate_launch_per_s"],
        "fargate_launch_per_s",
    )  # fmt: skip
    if workload.target == "fargate":
        return vcpus, launches
    submits = Ramp("Batch SubmitJob", profile.quotas["batch_submit_per_s"], profile.quotas["batch_submit_per_s"])
    return vcpus, launches, submits
