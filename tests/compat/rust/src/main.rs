//! Tells the story of ../story.mjs with the OpenTelemetry SDK for Rust. Where to and how: the OTEL_EXPORTER_OTLP_* variables.

use base64::Engine;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Link, Span, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider};
use opentelemetry::{Array, Context, InstrumentationScope, Key, KeyValue, StringValue, Value};
use opentelemetry_otlp::{LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::{Aggregation, Instrument, PeriodicReader, SdkMeterProvider, Stream};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use opentelemetry_sdk::Resource;
use serde_json::{json, Value as Json};
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

type Spans = HashMap<String, SpanContext>;

/// What this program's own failure is.
#[derive(Debug)]
struct StoryError;

impl std::fmt::Display for StoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no stock for sku 7")
    }
}

impl std::error::Error for StoryError {}

fn text(value: &Json) -> String {
    value.as_str().expect("text").to_owned()
}

/// Some names of the SDK must live as long as the program; so does this one.
fn lasting(value: &Json) -> &'static str {
    text(value).leak()
}

fn integer(value: &Json) -> i64 {
    value.as_str().expect("an integer as text").parse().expect("an integer")
}

fn number(value: &Json) -> f64 {
    value.as_f64().expect("a number")
}

fn time(ns: &Json) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(integer(ns) as u64)
}

fn items(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn all<T>(value: &Json, convert: fn(&Json) -> T) -> Vec<T> {
    items(value).iter().map(convert).collect()
}

fn value(kind: &str, given: &Json) -> Value {
    match kind {
        "text" => Value::String(text(given).into()),
        "bool" => Value::Bool(given == true),
        "int" => Value::I64(integer(given)),
        "double" => Value::F64(number(given)),
        "texts" => Value::Array(Array::String(all(given, |one| StringValue::from(text(one))))),
        "ints" => Value::Array(Array::I64(all(given, integer))),
        "doubles" => Value::Array(Array::F64(all(given, number))),
        "bools" => Value::Array(Array::Bool(all(given, |one| one == true))),
        _ => panic!("unknown type {kind}"),
    }
}

fn attributes(given: &Json) -> Vec<KeyValue> {
    all(given, |one| KeyValue::new(text(&one[0]), value(&text(&one[1]), &one[2])))
}

fn list(given: &Json, convert: fn(&Json) -> AnyValue) -> AnyValue {
    AnyValue::ListAny(Box::new(all(given, convert)))
}

fn any_value(kind: &str, given: &Json) -> AnyValue {
    match kind {
        "text" => AnyValue::String(text(given).into()),
        "bool" => AnyValue::Boolean(given == true),
        "int" => AnyValue::Int(integer(given)),
        "double" => AnyValue::Double(number(given)),
        "texts" => list(given, |one| any_value("text", one)),
        "ints" => list(given, |one| any_value("int", one)),
        "doubles" => list(given, |one| any_value("double", one)),
        "bools" => list(given, |one| any_value("bool", one)),
        "list" => list(given, |one| any_value(&text(&one[0]), &one[1])),
        "bytes" => AnyValue::Bytes(Box::new(base64::engine::general_purpose::STANDARD.decode(text(given)).expect("base64"))),
        "map" => AnyValue::Map(Box::new(items(given).iter().map(|one| (Key::from(text(&one[0])), any_value(&text(&one[1]), &one[2]))).collect())),
        _ => panic!("unknown type {kind}"),
    }
}

fn link(given: &Json) -> Link {
    let trace_id = TraceId::from_hex(&text(&given["trace_id"])).expect("a trace id");
    let span_id = SpanId::from_hex(&text(&given["span_id"])).expect("a span id");
    Link::new(SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, false, TraceState::default()), attributes(&given["attributes"]), 0)
}

fn kind(given: &Json) -> SpanKind {
    match given.as_str() {
        Some("server") => SpanKind::Server,
        Some("client") => SpanKind::Client,
        Some("producer") => SpanKind::Producer,
        Some("consumer") => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

fn protocol() -> Protocol {
    match std::env::var("OTEL_EXPORTER_OTLP_PROTOCOL").as_deref() {
        Ok("http/json") => Protocol::HttpJson,
        _ => Protocol::HttpBinary,
    }
}

fn scope(story: &Json) -> InstrumentationScope {
    InstrumentationScope::builder(text(&story["scope"]["name"])).with_version(text(&story["scope"]["version"])).build()
}

fn start(tracer: &SdkTracer, one: &Json, parent: &Context) -> opentelemetry_sdk::trace::Span {
    let mut span = tracer
        .span_builder(text(&one["name"]))
        .with_kind(kind(&one["kind"]))
        .with_start_time(time(&one["start"]))
        .with_attributes(attributes(&one["attributes"]))
        .with_links(all(&one["links"], link))
        .start_with_context(tracer, parent);
    for event in items(&one["events"]) {
        span.add_event_with_timestamp(text(&event["name"]), time(&event["at"]), attributes(&event["attributes"]));
    }
    if one["raises"] == true {
        span.record_error(&StoryError);
    }
    if one["error"].is_string() {
        span.set_status(Status::error(text(&one["error"])));
    }
    span
}

fn tell_spans(story: &Json, resource: &Resource) -> Spans {
    let exporter = SpanExporter::builder().with_http().with_protocol(protocol()).build().expect("a span exporter");
    let provider = SdkTracerProvider::builder().with_resource(resource.clone()).with_batch_exporter(exporter).build();
    let tracer = provider.tracer_with_scope(scope(story));
    let mut contexts = Spans::new();
    let mut open = Vec::new();
    for one in items(&story["spans"]) {
        let parent = one["parent"].as_str().map_or(Context::new(), |name| Context::new().with_remote_span_context(contexts[name].clone()));
        let span = start(&tracer, one, &parent);
        contexts.insert(text(&one["name"]), span.span_context().clone());
        open.push((span, time(&one["end"])));
    }
    for (mut span, end) in open.into_iter().rev() {
        span.end_with_timestamp(end);
    }
    provider.shutdown().expect("spans are sent");
    contexts
}

fn tell_metrics(story: &Json, resource: &Resource) {
    let exporter = MetricExporter::builder().with_http().with_protocol(protocol()).build().expect("a metric exporter");
    let of_kind = |one: &&Json| one["kind"] == "exponential_histogram";
    let exponential: Vec<String> = items(&story["metrics"]).iter().filter(of_kind).map(|one| text(&one["name"])).collect();
    let view = move |instrument: &Instrument| {
        let aggregation = Aggregation::Base2ExponentialHistogram { max_size: 160, max_scale: 20, record_min_max: true };
        let is_wanted = exponential.iter().any(|name| name == instrument.name());
        is_wanted.then(|| Stream::builder().with_aggregation(aggregation).build().expect("a stream"))
    };
    let reader = PeriodicReader::builder(exporter).with_interval(Duration::from_secs(3600)).build();
    let provider = SdkMeterProvider::builder().with_resource(resource.clone()).with_reader(reader).with_view(view).build();
    let meter = provider.meter_with_scope(scope(story));
    for one in items(&story["metrics"]) {
        let (name, unit) = (text(&one["name"]), text(&one["unit"]));
        for entry in items(&one["records"]) {
            let tag = [KeyValue::new(text(&one["key"]), text(&entry[1]))];
            match one["kind"].as_str() {
                Some("counter") => meter.u64_counter(name.clone()).with_unit(unit.clone()).build().add(integer(&entry[0]) as u64, &tag),
                Some("up_down_counter") => meter.i64_up_down_counter(name.clone()).with_unit(unit.clone()).build().add(integer(&entry[0]), &tag),
                Some("gauge") => meter.f64_gauge(name.clone()).with_unit(unit.clone()).build().record(number(&entry[0]), &tag),
                _ => meter.f64_histogram(name.clone()).with_unit(unit.clone()).build().record(number(&entry[0]), &tag),
            }
        }
    }
    provider.shutdown().expect("metrics are sent");
}

fn severity(number: &Json) -> Severity {
    match number.as_i64() {
        Some(5) => Severity::Debug,
        Some(9) => Severity::Info,
        Some(13) => Severity::Warn,
        Some(17) => Severity::Error,
        _ => Severity::Fatal,
    }
}

fn tell_logs(story: &Json, resource: &Resource, spans: &Spans) {
    let exporter = LogExporter::builder().with_http().with_protocol(protocol()).build().expect("a log exporter");
    let provider = SdkLoggerProvider::builder().with_resource(resource.clone()).with_batch_exporter(exporter).build();
    let logger = provider.logger_with_scope(scope(story));
    for one in items(&story["logs"]) {
        let mut record = logger.create_log_record();
        if one["time"].is_string() {
            record.set_timestamp(time(&one["time"]));
        }
        record.set_severity_number(severity(&one["severity"]));
        if one["text"] != "" {
            record.set_severity_text(lasting(&one["text"]));
        }
        if one["event"].is_string() {
            record.set_event_name(lasting(&one["event"]));
        }
        if let Some(name) = one["span"].as_str() {
            let context = &spans[name];
            record.set_trace_context(context.trace_id(), context.span_id(), Some(context.trace_flags()));
        }
        record.set_body(any_value(&text(&one["body"][0]), &one["body"][1]));
        for attribute in items(&one["attributes"]) {
            record.add_attribute(text(&attribute[0]), any_value(&text(&attribute[1]), &attribute[2]));
        }
        logger.emit(record);
    }
    provider.shutdown().expect("logs are sent");
}

fn main() {
    let path = std::env::var("TRACEWAY_STORY").expect("TRACEWAY_STORY");
    let story: Json = serde_json::from_slice(&std::fs::read(path).expect("the story")).expect("JSON");
    let resource = Resource::builder().with_attributes(attributes(&story["resource"])).build();
    let spans = tell_spans(&story, &resource);
    for signal in items(&story["signals"]) {
        match signal.as_str() {
            Some("metrics") => tell_metrics(&story, &resource),
            Some("logs") => tell_logs(&story, &resource, &spans),
            _ => {}
        }
    }
    let ids: HashMap<&String, String> = spans.iter().map(|(name, context)| (name, context.span_id().to_string())).collect();
    let trace_id = spans.values().next().expect("a span").trace_id().to_string();
    println!("{}", json!({"trace_id": trace_id, "spans": ids}));
}
