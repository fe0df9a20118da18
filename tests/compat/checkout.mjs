// One request of a shop, told by the OpenTelemetry SDK span by span, and what must come back for each of them.
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

export const kRoute = 'PUT /shops/:shop/käufe';
export const kResource = {
  'service.name': 'checkout-ß',
  'service.version': '4.2.0-rc.1+build.7',
  'telemetry.sdk.language': 'nodejs',
  'host.name': 'shop-01',
  'process.pid': 4711,
  'deployment.zones': ['eu-1', 'eu-2'],
};
export const kScope = { name: '@acme/checkout', version: '1.9.3' };

/** The SDK counts kinds from 0, OTLP from 1. */
export const kWireKind = { [SpanKind.INTERNAL]: 1, [SpanKind.SERVER]: 2, [SpanKind.CLIENT]: 3, [SpanKind.PRODUCER]: 4, [SpanKind.CONSUMER]: 5 };

const kStack = [
  'TypeError: card \u201c4242\u201d is not a function 🐎',
  '    at Gateway.charge (/srv/shop/src/gateway.js:42:17)',
  '    at async checkout (/srv/shop/src/checkout.js:118:5)',
  '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
].join('\n');

/** The same stack as grouping sees it: the two-line form of frames. */
export const kCanonicalStack = [
  'TypeError: card \u201c4242\u201d is not a function 🐎',
  'Gateway.charge()',
  '    /srv/shop/src/gateway.js:42:17',
  'checkout()',
  '    /srv/shop/src/checkout.js:118:5',
  'process.processTicksAndRejections()',
  '    node:internal/process/task_queues:95:5',
].join('\n');

/** Every type an attribute can have, and the text that the attribute map shows for it. */
const kEveryType = {
  'app.text': ['plain', 'plain'],
  'app.empty': ['', ''],
  'app.unicode': ['žluťoučký kůň 🐎 \u2028 "quoted" \\ back\nslash \u0001', 'žluťoučký kůň 🐎 \u2028 "quoted" \\ back\nslash \u0001'],
  'app.true': [true, 'true'],
  'app.false': [false, 'false'],
  'app.zero': [0, '0'],
  'app.negative': [-17, '-17'],
  'app.largest': [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  'app.smallest': [Number.MIN_SAFE_INTEGER, '-9007199254740991'],
  'app.tenth': [0.1, '0.1'],
  'app.negative_double': [-2.5, '-2.5'],
  'app.tiny': [1.5e-7, '1.5e-07'],
  'app.million': [1234567.875, '1234567.875'],
  'app.texts': [['ä', 'b "c"', ''], '["ä","b \\"c\\"",""]'],
  'app.integers': [[1, -2, 3], '[1,-2,3]'],
  'app.doubles': [[0.5, 1.25], '[0.5,1.25]'],
  'app.bools': [[true, false], '[true,false]'],
  'app.nothing': [[], '[]'],
};

const kLinked = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: TraceFlags.SAMPLED };

/**
 * The spans. `from` and `for` are nanoseconds, `from` counted from the start of the request; `attributes` are what the SDK is
 * given, `shown` the texts that must come back (without it: the same, all of them text).
 */
export const kSpans = [
  {
    name: 'PUT /shops/:shop/käufe',
    kind: SpanKind.SERVER,
    from: 0n,
    for: 250_000_123n,
    status: { code: SpanStatusCode.ERROR, message: 'payment refused: größer als 5 €' },
    attributes: {
      'http.request.method': 'PUT',
      'http.route': '/shops/:shop/käufe',
      'url.path': '/shops/7/käufe',
      'http.response.status_code': 502,
      'http.response.body.size': 1234,
      'client.address': '203.0.113.9',
      'enduser.id': 'u-7',
    },
    shown: { 'http.response.status_code': '502', 'http.response.body.size': '1234' },
  },
  { name: 'authorize', parent: 'PUT /shops/:shop/käufe', kind: SpanKind.INTERNAL, from: 1_000_001n, for: 9_999_999n, attributes: { 'auth.scheme': 'session' } },
  { name: 'load session', parent: 'authorize', kind: SpanKind.CLIENT, from: 2_000_000n, for: 1n, status: { code: SpanStatusCode.OK }, attributes: { 'db.system.name': 'redis' } },
  {
    name: 'every type',
    parent: 'PUT /shops/:shop/käufe',
    kind: SpanKind.INTERNAL,
    from: 12_000_000n,
    for: 0n,
    attributes: Object.fromEntries(Object.entries(kEveryType).map(([key, [value]]) => [key, value])),
    shown: Object.fromEntries(Object.entries(kEveryType).map(([key, [, text]]) => [key, text])),
  },
  {
    name: 'charge card',
    parent: 'PUT /shops/:shop/käufe',
    kind: SpanKind.CLIENT,
    from: 20_000_000n,
    for: 200_000_007n,
    status: { code: SpanStatusCode.ERROR, message: 'TypeError' },
    attributes: { 'server.address': 'pay.example', 'server.port': 443 },
    shown: { 'server.port': '443' },
    events: [
      { name: 'retry', at: 90_000_000n, attributes: { attempt: 2, 'backoff.factor': 1.5, final: false, hosts: ['a', 'b'] } },
      {
        name: 'exception',
        at: 219_999_999n,
        attributes: {
          'exception.type': 'TypeError',
          'exception.message': 'card \u201c4242\u201d is not a function 🐎',
          'exception.stacktrace': kStack,
          'exception.escaped': true,
        },
      },
    ],
  },
  {
    name: 'receipts publish',
    parent: 'PUT /shops/:shop/käufe',
    kind: SpanKind.PRODUCER,
    from: 225_000_000n,
    for: 3_000_000n,
    attributes: { 'messaging.destination.name': 'receipts' },
  },
  {
    name: 'receipts process',
    parent: 'receipts publish',
    kind: SpanKind.CONSUMER,
    from: 229_000_000n,
    for: 400_000_000n,
    attributes: { 'messaging.system': 'kafka' },
    links: [
      { context: kLinked, attributes: { 'link.reason': 'batch', 'link.index': 3 } },
      { context: { ...kLinked, spanId: '00f067aa0ba902b7' }, attributes: {} },
    ],
  },
];

const hr_time = (ns) => [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];

/** An exporter that remembers how each export ended. */
function remembering(exporter, results) {
  return {
    export: (spans, done) => exporter.export(spans, (result) => (results.push(result), done(result))),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

/** Makes the spans and sends them in one batch: how that ended, the trace id, and the SDK's span ids by span name. */
export async function report(exporter, start_ns) {
  const results = [];
  const processor = new BatchSpanProcessor(remembering(exporter, results), { scheduledDelayMillis: 3_600_000 });
  const provider = new NodeTracerProvider({ resource: resourceFromAttributes(kResource), spanProcessors: [processor] });
  const tracer = provider.getTracer(kScope.name, kScope.version);
  const open = new Map();
  for (const one of kSpans) {
    const parent = one.parent ? trace.setSpan(ROOT_CONTEXT, open.get(one.parent)) : ROOT_CONTEXT;
    const span = tracer.startSpan(one.name, { kind: one.kind, attributes: one.attributes, links: one.links, startTime: hr_time(start_ns + one.from) }, parent);
    for (const event of one.events ?? []) span.addEvent(event.name, event.attributes, hr_time(start_ns + event.at));
    if (one.status) span.setStatus(one.status);
    open.set(one.name, span);
  }
  for (const one of [...kSpans].reverse()) open.get(one.name).end(hr_time(start_ns + one.from + one.for));
  await provider.forceFlush().catch(() => {});  // a refused export rejects here too; `results` holds its reason
  await provider.shutdown();
  return {
    results,
    trace_id: open.get(kSpans[0].name).spanContext().traceId,
    ids: Object.fromEntries([...open].map(([name, span]) => [name, span.spanContext().spanId])),
  };
}
