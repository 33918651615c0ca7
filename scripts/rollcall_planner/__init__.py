"""How long a job will take, what it will cost, what will break, and which quota to raise."""

from rollcall_planner.planning import Estimate, auto, plan, plan_all
from rollcall_planner.profiles import Profile
from rollcall_planner.profiles import load as load_profile
from rollcall_planner.workload import EstimateRefused, Workload

__all__ = ["Estimate", "EstimateRefused", "Profile", "Workload", "auto", "load_profile", "plan", "plan_all"]
