"""Tells the story of ../story.mjs with the OpenTelemetry SDK for Python. Where to and how: the OTEL_EXPORTER_OTLP_* variables."""

import base64
import importlib
import json
import os

from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, set_span_in_context
from opentelemetry.context import Context

PROTOCOL = "json" if os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/json" else "proto"


class StoryError(Exception):
    pass


def exporter(module, name):
    return getattr(importlib.import_module(f"opentelemetry.exporter.otlp.{PROTOCOL}.http.{module}"), name)()


def value_of(kind, value):
    convert = {
        "int": int,
        "double": float,
        "ints": lambda all: [int(one) for one in all],
        "bytes": base64.b64decode,
        "list": lambda all: [value_of(*one) for one in all],
        "map": lambda all: attributes_of(all),
    }
    return convert.get(kind, lambda same: same)(value)


def attributes_of(attributes):
    return {key: value_of(kind, value) for key, kind, value in attributes}


def link_of(link):
    context = SpanContext(int(link["trace_id"], 16), int(link["span_id"], 16), is_remote=False, trace_flags=TraceFlags(1))
    return Link(context, attributes_of(link["attributes"]))


def charge():
    raise StoryError("no stock for sku 7")


def tell_spans(story, resource):
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter("trace_exporter", "OTLPSpanExporter")))
    tracer = provider.get_tracer(story["scope"]["name"], story["scope"]["version"])
    open_spans = {}
    for one in story["spans"]:
        parent = set_span_in_context(open_spans[one["parent"]], Context()) if "parent" in one else Context()
        span = tracer.start_span(
            one["name"],
            context=parent,
            kind=SpanKind[one["kind"].upper()],
            attributes=attributes_of(one["attributes"]),
            links=[link_of(link) for link in one.get("links", [])],
            start_time=int(one["start"]),
        )
        for event in one.get("events", []):
            span.add_event(event["name"], attributes_of(event["attributes"]), int(event["at"]))
        if one.get("raises"):
            try:
                charge()
            except StoryError as error:
                span.record_exception(error)
        if "error" in one:
            span.set_status(Status(StatusCode.ERROR, one["error"]))
        open_spans[one["name"]] = span
    for one in reversed(story["spans"]):
        open_spans[one["name"]].end(int(one["end"]))
    provider.shutdown()
    return open_spans


def tell_metrics(story, resource):
    reader = PeriodicExportingMetricReader(exporter("metric_exporter", "OTLPMetricExporter"), export_interval_millis=3_600_000)
    exponential = [
        View(instrument_name=one["name"], aggregation=ExponentialBucketHistogramAggregation())
        for one in story["metrics"]
        if one["kind"] == "exponential_histogram"
    ]
    provider = MeterProvider([reader], resource, views=exponential)
    meter = provider.get_meter(story["scope"]["name"], story["scope"]["version"])
    for one in story["metrics"]:
        create, record, number = {
            "counter": (meter.create_counter, "add", int),
            "up_down_counter": (meter.create_up_down_counter, "add", int),
            "gauge": (meter.create_gauge, "set", float),
            "histogram": (meter.create_histogram, "record", float),
            "exponential_histogram": (meter.create_histogram, "record", float),
        }[one["kind"]]
        instrument = create(one["name"], unit=one["unit"])
        for value, tag in one["records"]:
            getattr(instrument, record)(number(value), {one["key"]: tag})
    provider.shutdown()


def tell_logs(story, resource, spans):
    provider = LoggerProvider(resource)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter("_log_exporter", "OTLPLogExporter")))
    logger = provider.get_logger(story["scope"]["name"], story["scope"]["version"])
    for one in story["logs"]:
        logger.emit(
            timestamp=int(one["time"]) if "time" in one else None,
            context=set_span_in_context(spans[one["span"]], Context()) if "span" in one else Context(),
            severity_number=SeverityNumber(one["severity"]),
            severity_text=one["text"] or None,
            body=value_of(*one["body"]),
            attributes=attributes_of(one["attributes"]),
            event_name=one.get("event"),
        )
    provider.shutdown()


def main():
    with open(os.environ["TRACEWAY_STORY"], encoding="utf-8") as file:
        story = json.load(file)
    resource = Resource.create(attributes_of(story["resource"]))
    spans = tell_spans(story, resource)
    if "metrics" in story["signals"]:
        tell_metrics(story, resource)
    if "logs" in story["signals"]:
        tell_logs(story, resource, spans)
    contexts = {name: span.get_span_context() for name, span in spans.items()}
    trace_id = format(next(iter(contexts.values())).trace_id, "032x")
    print(json.dumps({"trace_id": trace_id, "spans": {name: format(context.span_id, "016x") for name, context in contexts.items()}}))


main()
