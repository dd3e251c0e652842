"""The metrics that functions send: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

Each is told apart by ``service``, the stack's name, and what a line's metrics have in common: a request's route and
outcome, a run file's outcome. These come from short lists, so the number of metrics, each of which costs money, is
bounded; none says who or which.
"""

from collections.abc import Mapping

from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE = "ReportShares"

# What a line about a request may hold.
OF_REQUESTS: Mapping[str, MetricUnit] = {
    "Requests": MetricUnit.Count,
    "Duration": MetricUnit.Milliseconds,
    "CapRefusals": MetricUnit.Count,
    "ConflictsRetried": MetricUnit.Count,
    "RollUpAge": MetricUnit.Milliseconds,
}
