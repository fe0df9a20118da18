// Tells the story of ../story.mjs with the OpenTelemetry SDK for JavaScript. Where to and how: the OTEL_EXPORTER_OTLP_* variables.
import { readFileSync } from 'node:fs';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const is_json = process.env.OTEL_EXPORTER_OTLP_PROTOCOL === 'http/json';
const story = JSON.parse(readFileSync(process.env.TRACEWAY_STORY));

class StoryError extends Error {
  name = 'StoryError';
}

const kConvert = {
  int: Number,
  ints: (all) => all.map(Number),
  bytes: (text) => new Uint8Array(Buffer.from(text, 'base64')),
  list: (all) => all.map((one) => value_of(...one)),
  map: (all) => attributes_of(all),
};
const value_of = (type, value) => (kConvert[type] ? kConvert[type](value) : value);
const attributes_of = (all) => Object.fromEntries(all.map(([key, type, value]) => [key, value_of(type, value)]));

/** Nanoseconds as text to what the SDK calls a high-resolution time. */
const time_of = (ns) => [Number(BigInt(ns) / 1_000_000_000n), Number(BigInt(ns) % 1_000_000_000n)];
const link_of = ({ trace_id, span_id, attributes }) => ({ context: { traceId: trace_id, spanId: span_id, traceFlags: TraceFlags.SAMPLED }, attributes: attributes_of(attributes) });
const within = (spans, name) => (name ? trace.setSpan(ROOT_CONTEXT, spans.get(name)) : ROOT_CONTEXT);

function charge() {
  throw new StoryError('no stock for sku 7');
}

function start(tracer, one, parent) {
  const options = { kind: SpanKind[one.kind.toUpperCase()], attributes: attributes_of(one.attributes), links: (one.links ?? []).map(link_of), startTime: time_of(one.start) };
  const span = tracer.startSpan(one.name, options, parent);
  for (const event of one.events ?? []) span.addEvent(event.name, attributes_of(event.attributes), time_of(event.at));
  if (one.raises) {
    try {
      charge();
    } catch (error) {
      span.recordException(error);
    }
  }
  if (one.error) span.setStatus({ code: SpanStatusCode.ERROR, message: one.error });
  return span;
}

async function tell_spans(resource) {
  const provider = new NodeTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new (is_json ? JsonTraces : ProtobufTraces)())] });
  const tracer = provider.getTracer(story.scope.name, story.scope.version);
  const open = new Map();
  for (const one of story.spans) open.set(one.name, start(tracer, one, within(open, one.parent)));
  for (const one of [...story.spans].reverse()) open.get(one.name).end(time_of(one.end));
  await provider.shutdown();
  return open;
}

async function tell_metrics(resource) {
  const exporter = new (is_json ? JsonMetrics : ProtobufMetrics)();
  const views = story.metrics
    .filter(({ kind }) => kind === 'exponential_histogram')
    .map(({ name }) => ({ instrumentName: name, aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }));
  const provider = new MeterProvider({ resource, views, readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })] });
  const meter = provider.getMeter(story.scope.name, story.scope.version);
  const create = {
    counter: (...of) => meter.createCounter(...of),
    up_down_counter: (...of) => meter.createUpDownCounter(...of),
    gauge: (...of) => meter.createGauge(...of),
    histogram: (...of) => meter.createHistogram(...of),
    exponential_histogram: (...of) => meter.createHistogram(...of),
  };
  for (const { name, kind, unit, key, records } of story.metrics) {
    const instrument = create[kind](name, { unit });
    for (const [value, tag] of records) (instrument.add ?? instrument.record).call(instrument, Number(value), { [key]: tag });
  }
  await provider.shutdown();
}

async function tell_logs(resource, spans) {
  const provider = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter: new (is_json ? JsonLogs : ProtobufLogs)() })] });
  const logger = provider.getLogger(story.scope.name, story.scope.version);
  for (const one of story.logs) {
    logger.emit({
      ...(one.time ? { timestamp: time_of(one.time) } : {}),
      ...(one.text ? { severityText: one.text } : {}),
      ...(one.event ? { eventName: one.event } : {}),
      context: within(spans, one.span),
      severityNumber: one.severity,
      body: value_of(...one.body),
      attributes: attributes_of(one.attributes),
    });
  }
  await provider.shutdown();
}

const resource = resourceFromAttributes({ ...attributes_of(story.resource), 'telemetry.sdk.language': 'nodejs' });
const spans = await tell_spans(resource);
if (story.signals.includes('metrics')) await tell_metrics(resource);
if (story.signals.includes('logs')) await tell_logs(resource, spans);
const contexts = [...spans].map(([name, span]) => [name, span.spanContext()]);
console.log(JSON.stringify({ trace_id: contexts[0][1].traceId, spans: Object.fromEntries(contexts.map(([name, { spanId }]) => [name, spanId])) }));
