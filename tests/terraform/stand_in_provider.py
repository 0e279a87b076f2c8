"""A provider that knows the AWS provider's schema and nothing else.

Terraform asks a provider for its schema before it can validate, plan or mock anything. This one
answers from the file made by `extract_schema.py`, plans by copying the configuration, and refuses
to apply. It is a tool for tests without a network, never for a real account.

    stand_in_provider.py SCHEMA.json
"""

import json
import sys

import msgpack
import tf.provider
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc
from tf.runner import run_provider

NESTING = pb.Schema.NestedBlock.NestingMode
MODES = {"single": NESTING.SINGLE, "list": NESTING.LIST, "set": NESTING.SET}
# How Terraform writes "known after apply".
UNKNOWN = msgpack.ExtType(0, b"\x00")

# Words that AWS accepts and the schema does not list, so that a misspelt one fails here and not
# at apply. Source: the S3 and CloudWatch API references (PutBucketVersioning, LifecycleRule,
# ServerSideEncryptionByDefault, OwnershipControlsRule, PutMetricAlarm).
TRANSITION_CLASSES = {"GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"}
WORDS = {
    ("aws_s3_bucket_versioning", "versioning_configuration", "status"): {"Enabled", "Suspended", "Disabled"},
    ("aws_s3_bucket_lifecycle_configuration", "rule", "status"): {"Enabled", "Disabled"},
    ("aws_s3_bucket_lifecycle_configuration", "rule", "transition", "storage_class"): TRANSITION_CLASSES,
    ("aws_s3_bucket_server_side_encryption_configuration", "rule", "apply_server_side_encryption_by_default", "sse_algorithm"): {
        "AES256",
        "aws:kms",
        "aws:kms:dsse",
    },
    ("aws_s3_bucket_ownership_controls", "rule", "object_ownership"): {
        "BucketOwnerEnforced",
        "BucketOwnerPreferred",
        "ObjectWriter",
    },
    ("aws_cloudwatch_metric_alarm", "comparison_operator"): {
        "GreaterThanThreshold",
        "GreaterThanOrEqualToThreshold",
        "LessThanThreshold",
        "LessThanOrEqualToThreshold",
    },
    ("aws_cloudwatch_metric_alarm", "treat_missing_data"): {"missing", "ignore", "breaching", "notBreaching"},
}

# Values that follow from the configuration, so that a plan can be read to the end. The real
# provider only knows them after apply.
FORESEEN = {
    "aws_s3_bucket": lambda config: {"arn": f"arn:aws:s3:::{config['bucket']}"},
}


def decode(value):
    """A Terraform value as plain Python data."""
    return msgpack.unpackb(value.msgpack, raw=False, strict_map_key=False) if value.msgpack else None


def encode(value):
    """Plain Python data as a Terraform value."""
    return pb.DynamicValue(msgpack=msgpack.packb(value))


def block_message(block):
    """A block of the schema file as Terraform wants to read it."""
    attributes = [
        pb.Schema.Attribute(name=name, type=json.dumps(field["type"]).encode(), **flags(field))
        for name, field in sorted(block["attributes"].items())
    ]
    nested = [
        pb.Schema.NestedBlock(
            type_name=name,
            block=block_message(inner),
            nesting=MODES[inner["nesting"]],
            min_items=inner["min"],
            max_items=inner["max"],
        )
        for name, inner in sorted(block["blocks"].items())
    ]
    return pb.Schema.Block(attributes=attributes, block_types=nested)


def flags(field):
    return {name: field[name] for name in ("computed", "optional", "required")}


def planned(block, proposed, fill):
    """`proposed` with `fill(name)` for every computed attribute that nobody set."""
    if not isinstance(proposed, dict):
        return proposed
    result = dict(proposed)
    for name, field in block["attributes"].items():
        if field["computed"] and result.get(name) is None:
            result[name] = fill(name)
    for name, inner in block["blocks"].items():
        value = result.get(name)
        if isinstance(value, list):
            result[name] = [planned(inner, item, fill) for item in value]
        else:
            result[name] = planned(inner, value, fill)
    return result


def wrong_words(type_name, config):
    """What is written in `config` that AWS does not accept, as messages."""

    def walk(path, value):
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from walk((*path, name), inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(path, inner)
        elif isinstance(value, str) and value not in WORDS.get(path, {value}):
            yield f"`{'.'.join(path[1:])}` is `{value}`, expected one of {', '.join(sorted(WORDS[path]))}"

    return list(walk((type_name,), config))


def complaints(messages):
    severity = pb.Diagnostic.Severity.ERROR
    return [pb.Diagnostic(severity=severity, summary="value not accepted by AWS", detail=text) for text in messages]


class StandIn(rpc.ProviderServicer):
    """Answers what Terraform asks while it validates, plans and mocks."""

    def __init__(self, schema):
        self.schema = schema
        self.message = pb.GetProviderSchema.Response(
            provider=pb.Schema(block=block_message(schema["provider"]["aws"])),
            resource_schemas=self.schemas("resource"),
            data_source_schemas=self.schemas("data"),
        )

    def schemas(self, kind):
        return {name: pb.Schema(block=block_message(block)) for name, block in sorted(self.schema[kind].items())}

    def GetProviderSchema(self, request, context):
        return self.message

    def ValidateProviderConfig(self, request, context):
        return pb.ValidateProviderConfig.Response()

    def ConfigureProvider(self, request, context):
        return pb.ConfigureProvider.Response()

    def ValidateResourceConfig(self, request, context):
        wrong = wrong_words(request.type_name, decode(request.config))
        return pb.ValidateResourceConfig.Response(diagnostics=complaints(wrong))

    def ValidateDataResourceConfig(self, request, context):
        return pb.ValidateDataResourceConfig.Response()

    def UpgradeResourceState(self, request, context):
        state = json.loads(request.raw_state.json) if request.raw_state.json else None
        return pb.UpgradeResourceState.Response(upgraded_state=encode(state))

    def ReadResource(self, request, context):
        return pb.ReadResource.Response(new_state=request.current_state)

    def PlanResourceChange(self, request, context):
        proposed = decode(request.proposed_new_state)
        block = self.schema["resource"][request.type_name]
        foreseen = FORESEEN.get(request.type_name, lambda config: {})(proposed) if proposed else {}
        state = planned(block, proposed, lambda name: UNKNOWN)
        if foreseen:
            state.update(foreseen)
        return pb.PlanResourceChange.Response(planned_state=encode(state))

    def ReadDataSource(self, request, context):
        block = self.schema["data"][request.type_name]
        state = planned(block, decode(request.config), lambda name: f"{request.type_name}.{name}")
        return pb.ReadDataSource.Response(state=encode(state))

    def ApplyResourceChange(self, request, context):
        wrong = complaints(["the stand-in provider only plans"])
        return pb.ApplyResourceChange.Response(new_state=request.prior_state, diagnostics=wrong)

    def StopProvider(self, request, context):
        return pb.StopProvider.Response()


def main(path):
    """Serves the schema at `path` until Terraform has finished."""
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    # `tf` brings the handshake with Terraform; only its servicer is ours.
    tf.provider.ProviderServicer = lambda provider: StandIn(schema)
    run_provider(None, ["stand-in"])


if __name__ == "__main__":
    main(sys.argv[1])
