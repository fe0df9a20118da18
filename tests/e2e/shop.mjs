// The traffic of a small shop, two services on one trace, told by the OpenTelemetry SDK.
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

export const kCheckout = 'POST /api/checkout';
export const kTask = 'orders process';
export const kSelectCart = 'SELECT c.sku, c.quantity, p.price\nFROM cart_items c JOIN products p USING (sku)\nWHERE c.cart_id = $1';

const { SERVER, CLIENT, PRODUCER, CONSUMER } = SpanKind;
const kServices = { 'shop-api': '4.2.1', payments: '1.18.0', 'shop-worker': '4.2.1' };
const kTimeoutStack = [
  'AcquirerTimeout: no answer from acquirer.example within 400 ms',
  '    at Acquirer.authorize (/srv/payments/src/acquirer.js:88:13)',
  '    at async charge (/srv/payments/src/charge.js:41:20)',
  '    at async handle (/srv/payments/src/server.js:23:5)',
].join('\n');

const query = (text, operation = text.split(' ')[0]) => ({ 'db.system.name': 'postgresql', 'db.operation.name': operation, 'db.query.text': text });

function reserve() {
  return Array.from({ length: 6 }, (_, at) => ({
    name: 'UPDATE stock', at: 4 + at * 31, for: 27 + (at % 3), kind: CLIENT, attributes: query('UPDATE stock SET reserved = reserved + $1 WHERE sku = $2'),
  }));
}

const kTimeout = {
  at: 400,
  attributes: { 'exception.type': 'AcquirerTimeout', 'exception.message': 'no answer from acquirer.example within 400 ms', 'exception.stacktrace': kTimeoutStack },
};

/** The work of the payments service for one charge. */
const kCharge = {
  name: 'POST /v1/charges', at: 6, for: 691, kind: SERVER, service: 'payments',
  attributes: { 'http.request.method': 'POST', 'http.route': '/v1/charges', 'url.path': '/v1/charges', 'http.response.status_code': 201 },
  children: [
    { name: 'SELECT idempotency_keys', at: 3, for: 7, kind: CLIENT, attributes: query('SELECT response FROM idempotency_keys WHERE key = $1') },
    { name: 'score risk', at: 12, for: 74, attributes: { 'risk.model': 'gbm-2026-09', 'risk.score': 0.07 } },
    {
      name: 'POST acquirer.example/authorize', at: 90, for: 400, kind: CLIENT, status: 'no answer within 400 ms', exception: kTimeout,
      attributes: { 'http.request.method': 'POST', 'server.address': 'acquirer.example', 'url.full': 'https://acquirer.example/authorize', 'http.request.resend_count': 0 },
    },
    {
      name: 'POST acquirer.example/authorize', at: 512, for: 158, kind: CLIENT,
      attributes: { 'http.request.method': 'POST', 'server.address': 'acquirer.example', 'url.full': 'https://acquirer.example/authorize', 'http.response.status_code': 200, 'http.request.resend_count': 1 },
    },
    { name: 'INSERT charges', at: 673, for: 13, kind: CLIENT, attributes: query('INSERT INTO charges (id, amount, currency) VALUES ($1, $2, $3)') },
  ],
};

/** One checkout; times in ms, each counted from the start of its parent. */
export const kCheckoutWork = {
  name: kCheckout, at: 0, for: 1184, kind: SERVER, service: 'shop-api',
  attributes: { 'http.request.method': 'POST', 'http.route': '/api/checkout', 'url.path': '/api/checkout', 'http.response.status_code': 200, 'http.response.body.size': 2311, 'client.address': '203.0.113.24', 'enduser.id': 'u-20871' },
  children: [
    { name: 'authenticate', at: 2, for: 17, children: [{ name: 'GET session', at: 2, for: 4, kind: CLIENT, attributes: { 'db.system.name': 'redis', 'db.operation.name': 'GET' } }] },
    {
      name: 'load cart', at: 22, for: 86,
      children: [
        { name: 'SELECT cart_items', at: 3, for: 52, kind: CLIENT, attributes: query(kSelectCart) },
        { name: 'SELECT discounts', at: 58, for: 21, kind: CLIENT, attributes: query('SELECT code, percent FROM discounts WHERE customer_id = $1') },
      ],
    },
    { name: 'reserve stock', at: 112, for: 196, children: reserve() },
    { name: 'POST payments/v1/charges', at: 314, for: 706, kind: CLIENT, attributes: { 'http.request.method': 'POST', 'server.address': 'payments', 'url.full': 'http://payments:8080/v1/charges', 'http.response.status_code': 201 }, children: [kCharge] },
    { name: 'INSERT orders', at: 1024, for: 38, kind: CLIENT, attributes: query('INSERT INTO orders (id, customer_id, charge_id) VALUES ($1, $2, $3)') },
    { name: 'render receipt.html', at: 1066, for: 71, attributes: { 'template.name': 'receipt.html' } },
    { name: 'orders publish', at: 1142, for: 9, kind: PRODUCER, attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' } },
  ],
};

/** Routes beside the checkout: calls an hour, typical ms, share of failures. */
const kRoutes = [
  ['GET', '/api/products', 96, 24, 0],
  ['GET', '/api/products/:id', 140, 13, 0.004],
  ['GET', '/api/search', 44, 118, 0.01],
  ['PUT', '/api/cart/items/:sku', 30, 39, 0.02],
  ['GET', '/api/orders/:id', 26, 47, 0],
  ['POST', '/api/login', 18, 152, 0.03],
  ['POST', '/webhooks/acquirer', 9, 83, 0.24],
];

const kLost = { at: 20, attributes: { 'exception.type': 'MailboxFull', 'exception.message': 'the mailbox of the customer is full' } };

/** The run of a task: one order from the queue. */
function order(fails) {
  return {
    name: kTask, at: 0, for: 93, kind: CONSUMER, service: 'shop-worker', attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' },
    ...(fails ? { exception: kLost, status: kLost.attributes['exception.message'] } : {}),
    children: [{ name: 'SELECT orders', at: 3, for: 14, kind: CLIENT, attributes: query('SELECT * FROM orders WHERE id = $1') }, { name: 'send receipt', at: 19, for: 70 }],
  };
}

/** The same numbers every time. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** Names in the order of a waterfall: depth first, each after its elder siblings. */
export function names_of(work) {
  return [work.name, ...(work.children ?? []).flatMap(names_of)];
}

export class Shop {
  #providers = {};

  constructor(otlp) {
    for (const [name, version] of Object.entries(kServices)) {
      const exporter = new OTLPTraceExporter({ ...otlp, compression: CompressionAlgorithm.GZIP });
      const resource = resourceFromAttributes({ 'service.name': name, 'service.version': version, 'telemetry.sdk.language': 'nodejs' });
      const processor = new BatchSpanProcessor(exporter, { scheduledDelayMillis: 3_600_000, maxQueueSize: 65_536 });
      this.#providers[name] = new NodeTracerProvider({ resource, spanProcessors: [processor] });
    }
  }

  #tell(work, start_ms, scale, context, service) {
    const at = (ms) => [Math.floor(Math.round(ms * 1000) / 1e6), (Math.round(ms * 1000) % 1e6) * 1000];  // microseconds, exactly
    const from = start_ms + work.at * scale;
    const own = work.service ?? service;
    const span = this.#providers[own].getTracer('shop', '1.0.0').startSpan(work.name, { kind: work.kind ?? SpanKind.INTERNAL, attributes: work.attributes, startTime: at(from) }, context);
    for (const child of work.children ?? []) this.#tell(child, from, scale, trace.setSpan(context, span), own);
    if (work.exception) span.addEvent('exception', work.exception.attributes, at(from + work.exception.at * scale));
    if (work.status) span.setStatus({ code: SpanStatusCode.ERROR, message: work.status });
    span.end(at(from + work.for * scale));
  }

  /** One checkout that began at `start_ms`; everything takes `scale` times as long as written above. */
  checkout(start_ms, scale = 1) {
    this.#tell(kCheckoutWork, start_ms, scale, ROOT_CONTEXT, 'shop-api');
  }

  #small(method, route, status, start_ms, ms) {
    const attributes = { 'http.request.method': method, 'http.route': route, 'url.path': route, 'http.response.status_code': status, 'http.response.body.size': 100 + Math.round(ms * 31) };
    const work = { name: `${method} ${route}`, at: 0, for: ms, kind: SERVER, attributes, status: status >= 500 ? 'failed' : undefined };
    work.children = [{ name: 'SELECT', at: ms * 0.2, for: ms * 0.55, kind: CLIENT, attributes: query('SELECT 1') }];
    this.#tell(work, start_ms, 1, ROOT_CONTEXT, 'shop-api');
  }

  /** The `hours` before `now_ms`: every route, with quiet and busy times. */
  traffic(now_ms, hours) {
    const next = random(7);
    const kHour = 3_600_000;
    for (const [method, route, calls, typical, failing] of kRoutes) {
      for (let i = 0; i < calls * hours; ++i) {
        const at = now_ms - 2000 - next() * hours * kHour;
        if (next() > 0.55 + 0.45 * Math.sin(at / 5_000_000)) continue;
        const ms = typical * (0.6 + next() * 0.7 + (next() > 0.96 ? next() * 9 : 0));
        this.#small(method, route, next() < failing ? 503 : 200, at, ms);
      }
    }
    for (let i = 0; i < 20 * hours; ++i) this.#tell(order(i % 9 === 4), now_ms - 3000 - next() * hours * kHour, 0.5 + next(), ROOT_CONTEXT, 'shop-worker');
    for (let i = 0; i < 28 * hours; ++i) this.checkout(now_ms - 4000 - next() * hours * kHour, 0.22 + next() * 0.3);
  }

  /** Sends what was told; rejects when the server refuses it. */
  async flush() {
    for (const provider of Object.values(this.#providers)) await provider.forceFlush();
  }

  async close() {
    for (const provider of Object.values(this.#providers)) await provider.shutdown();
  }
}
