// The OpenTelemetry JavaScript SDK against the real server: the same request in every encoding, and every datum read back.
//   TRACEWAY_BINARY=build/traceway node tests/compat/run.mjs
import { strict as assert } from 'node:assert';
import { subscribe } from 'node:diagnostics_channel';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { finish, test } from '../support/checks.mjs';
import { TracewayServer } from '../support/traceway_server.mjs';
import { kCanonicalStack, kResource, kRoute, kScope, kSpans, kWireKind, report } from './checkout.mjs';
import { dashed, details, iso } from './expected.mjs';

const { NONE, GZIP } = CompressionAlgorithm;

/** Name: exporter, compression, and the head of the request that proves them. */
const kEncodings = {
  protobuf: { Exporter: ProtobufExporter, compression: NONE, type: 'application/x-protobuf' },
  'protobuf, gzip': { Exporter: ProtobufExporter, compression: GZIP, type: 'application/x-protobuf', encoding: 'gzip' },
  json: { Exporter: JsonExporter, compression: NONE, type: 'application/json' },
  'json, gzip': { Exporter: JsonExporter, compression: GZIP, type: 'application/json', encoding: 'gzip' },
};
const exporter_of = ({ Exporter, compression }, to) => new Exporter({ ...to, compression });

/** Heads of the requests that the exporters made. */
const heads = [];
subscribe('http.client.request.start', ({ request }) => heads.push({ type: request.getHeader('content-type'), encoding: request.getHeader('content-encoding') }));

const root = kSpans[0];
const kSampledAndLocal = 0x101;  // sampled; whether it is remote is known, and it is not
const texts = (span) => ({ ...span.attributes, ...span.shown });
const events_of = (span, start_ns) =>
  (span.events ?? []).map(({ name, at, attributes }) => ({ time_unix_nano: String(start_ns + at), name, attributes, dropped_attributes_count: 0 }));
const links_of = (span) =>
  (span.links ?? []).map(({ context, attributes }) => ({ trace_id: context.traceId, span_id: context.spanId, trace_state: '', flags: kSampledAndLocal, attributes, dropped_attributes_count: 0 }));

function expected_details(span, start_ns) {
  return {
    kind: kWireKind[span.kind],
    statusCode: span.status?.code ?? 0,
    statusMessage: span.status?.message ?? '',
    serviceName: kResource['service.name'],
    scopeName: kScope.name,
    scopeVersion: kScope.version,
    traceState: '',
    attributes: texts(span),
    events: events_of(span, start_ns),
    links: links_of(span),
  };
}

function expected_endpoint(server, sent, start_ns, id) {
  return {
    id,
    projectId: server.project.id,
    endpoint: kRoute,
    duration: Number(root.for),
    recordedAt: iso(start_ns),
    statusCode: 502,
    bodySize: 1234,
    clientIP: '203.0.113.9',
    attributes: texts(root),
    appVersion: kResource['service.version'],
    serverName: kResource['service.name'],
    distributedTraceId: dashed(sent.trace_id),
    spanId: dashed(sent.ids[root.name]),
    isStream: false,
    isRoot: true,
  };
}

async function read_back(server, encoding, sent, start_ns) {
  const { data } = await server.ask('/endpoints', { pagination: { page: 1, pageSize: 100 } });
  const row = data.find((one) => one.distributedTraceId === dashed(sent.trace_id));
  const detail = row && (await server.ask(`/endpoints/${row.id}`));

  await test(`${encoding}: one export, in this encoding, and it was told success`, () => {
    const { type, encoding: compression } = kEncodings[encoding];
    assert.deepEqual(heads.splice(0), [{ type, encoding: compression }]);
    assert.deepEqual(sent.results.map((result) => result.code), [0]);
  });
  await test(`${encoding}: the request is in the list with every field`, () => assert.deepEqual(row, expected_endpoint(server, sent, start_ns, row?.id)));
  await test(`${encoding}: its id leads to the same row`, () => {
    const { rootSpan: _, ...endpoint } = detail.endpoint;
    assert.deepEqual(endpoint, row);
  });
  await test(`${encoding}: the root span keeps kind, status and attributes`, () =>
    assert.deepEqual(details(detail.endpoint.rootSpan), expected_details(root, start_ns)));
  await test(`${encoding}: resource and scope come back with their types`, () => {
    const { attributes } = detail.endpoint.rootSpan.resource;
    assert.deepEqual(Object.fromEntries(Object.keys(kResource).map((key) => [key, attributes[key]])), kResource);
    assert.equal(detail.endpoint.rootSpan.scope.name, kScope.name);
    assert.equal(detail.endpoint.rootSpan.scope.version, kScope.version);
  });
  await test(`${encoding}: the spans are the ones sent, in order, and no other`, () => {
    assert.equal(detail.hasSpans, true);
    assert.deepEqual(detail.spans.map((span) => span.name), kSpans.slice(1).map((span) => span.name));
  });
  for (const wanted of kSpans.slice(1)) {
    const span = detail?.spans.find((one) => one.name === wanted.name);
    await test(`${encoding}: ${wanted.name}: id, parent and exact times`, () =>
      assert.deepEqual(
        { id: span.id, parent: span.parentSpanId, trace: span.traceId, project: span.projectId, start: span.startTime, recorded: span.recordedAt, duration: span.duration },
        {
          id: dashed(sent.ids[wanted.name]),
          parent: dashed(sent.ids[wanted.parent]),
          trace: row.id,
          project: server.project.id,
          start: iso(start_ns + wanted.from),
          recorded: iso(start_ns + wanted.from),
          duration: Number(wanted.for),
        },
      ));
    await test(`${encoding}: ${wanted.name}: kind, status, attributes, events, links`, () =>
      assert.deepEqual(details(span), expected_details(wanted, start_ns)));
  }
  await test(`${encoding}: the exception is grouped by its canonical text`, () => {
    assert.equal(detail.exception.stackTrace, kCanonicalStack);
    assert.match(detail.exception.exceptionHash, /^[0-9a-f]{16}$/);
    assert.equal(detail.exception.recordedAt, iso(((start_ns + 219_999_999n) / 1_000_000_000n) * 1_000_000_000n));
  });
  return detail?.exception?.exceptionHash;
}

async function lists(server, starts) {
  const pagination = { page: 1, pageSize: 20 };
  const count = starts.length;
  await test('the grouped list counts every encoding in one row', async () => {
    const { data, pagination: page } = await server.ask('/endpoints/grouped', { pagination });
    assert.deepEqual(page, { page: 1, pageSize: 20, total: 1, totalPages: 1 });
    const { impact, impactReason, ...row } = data[0];
    const duration = Number(root.for);
    assert.deepEqual(row, { endpoint: kRoute, count, p50Duration: duration, p95Duration: duration, p99Duration: duration, avgDuration: duration, lastSeen: iso(starts.at(-1)) });
    assert.equal(impact, 1);
    assert.equal(impactReason, '100% of requests are slow or failing');
  });
  await test("the route's page has its requests, newest first, and their figures", async () => {
    const { data, stats } = await server.ask(`/endpoints/endpoint?endpoint=${encodeURIComponent(kRoute)}`, { pagination });
    assert.deepEqual(data.map((row) => row.recordedAt), [...starts].reverse().map(iso));
    assert.equal(stats.count, count);
    assert.equal(stats.errorRate, 100);
    assert.equal(stats.apdex, 0);
    for (const key of ['avgDuration', 'medianDuration', 'p95Duration', 'p99Duration']) assert.equal(stats[key], 250.000123);
  });
}

async function refusals(server) {
  await test('a wrong token is told to the exporter, and nothing is stored', async () => {
    const { url } = server.otlp();
    const sent = await report(exporter_of(kEncodings.protobuf, { url, headers: { authorization: `Bearer ${'0'.repeat(32)}` } }), 1_767_225_600_000_000_000n);
    assert.equal(sent.results.length, 1);
    assert.equal(sent.results[0].code, 1);
    assert.equal(sent.results[0].error.code, 401);
    const { pagination } = await server.ask('/endpoints', { pagination: { page: 1, pageSize: 1 } });
    assert.equal(pagination.total, Object.keys(kEncodings).length);
  });
}

const server = await TracewayServer.start();
try {
  await server.register();
  const hashes = [];
  const starts = [];
  const minute_ago_ns = BigInt(Date.now() - 60_000) * 1_000_000n;
  for (const [name, encoding] of Object.entries(kEncodings)) {
    const start_ns = minute_ago_ns + BigInt(starts.length) * 5_000_000_000n + 123_456_789n;
    starts.push(start_ns);
    hashes.push(await read_back(server, name, await report(exporter_of(encoding, server.otlp()), start_ns), start_ns));
  }
  await test('every encoding groups the exception alike', () => assert.deepEqual(new Set(hashes).size, 1));
  await lists(server, starts);
  await refusals(server);
} finally {
  const ended = await server.stop();
  await test('the server ends with exit code 0', () => assert.equal(ended, 0));
}
finish();
