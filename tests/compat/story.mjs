// One request of a shop, told by the OpenTelemetry SDK of every language: what the program is given (as JSON) and so what must
// come back. Attributes are [key, type, value]; integers are decimal text, because JSON numbers do not hold 64 bits.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const kVectors = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/fingerprint-vectors.json'))).vectors;
const vector = (name) => kVectors.find((one) => one.name === name);

export const kScope = { name: 'acme/checkout', version: '1.9.3' };
export const kRoute = 'PUT /shops/:shop/käufe';
export const kTask = 'receipts process';
export const kFailing = 'charge card';

const kLinked = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' };

/** Every type an attribute can have. `widest`: the largest integer that the language's SDK takes. */
const every_type = (widest) => [
  ['app.text', 'text', 'plain'],
  ['app.empty', 'text', ''],
  ['app.unicode', 'text', 'žluťoučký kůň 🐎 \u2028 "quoted" \\ back\nslash \u0001'],
  ['app.true', 'bool', true],
  ['app.false', 'bool', false],
  ['app.zero', 'int', '0'],
  ['app.negative', 'int', '-17'],
  ['app.widest', 'int', widest],
  ['app.tenth', 'double', 0.1],
  ['app.negative_double', 'double', -2.5],
  ['app.million', 'double', 1234567.875],
  ['app.texts', 'texts', ['ä', 'b "c"', '']],
  ['app.ints', 'ints', ['1', '-2', '3']],
  ['app.doubles', 'doubles', [0.5, 1.25]],
  ['app.bools', 'bools', [true, false]],
];

const spans = (start, language) => {
  const at = (ns) => String(start + ns);
  return [
    {
      name: kRoute, kind: 'server', start: at(0n), end: at(250_000_123n), error: 'payment refused: größer als 5 €',
      attributes: [
        ['http.request.method', 'text', 'PUT'],
        ['http.route', 'text', '/shops/:shop/käufe'],
        ['url.path', 'text', '/shops/7/käufe'],
        ['http.response.status_code', 'int', '502'],
        ['http.response.body.size', 'int', '1234'],
        ['client.address', 'text', '203.0.113.9'],
      ],
    },
    { name: 'authorize', parent: kRoute, kind: 'internal', start: at(1_000_001n), end: at(11_000_000n), attributes: [['auth.scheme', 'text', 'session']] },
    { name: 'every type', parent: 'authorize', kind: 'internal', start: at(2_000_000n), end: at(2_000_001n), attributes: every_type(language.widest_integer) },
    {
      name: kFailing, parent: kRoute, kind: 'client', start: at(20_000_000n), end: at(220_000_007n), error: 'declined', raises: true,
      attributes: [['server.port', 'int', '443']],
      events: [
        { name: 'retry', at: at(90_000_000n), attributes: [['attempt', 'int', '2'], ['backoff', 'double', 1.5], ['final', 'bool', false], ['hosts', 'texts', ['a', 'b']]] },
        { name: 'exception', at: at(119_999_999n), attributes: [['exception.stacktrace', 'text', vector(language.reported_stack).input]] },
      ],
    },
    { name: 'receipts publish', parent: kRoute, kind: 'producer', start: at(225_000_000n), end: at(228_000_000n), attributes: [['messaging.destination.name', 'text', 'receipts']] },
    {
      name: kTask, parent: 'receipts publish', kind: 'consumer', start: at(229_000_000n), end: at(629_000_000n), attributes: [['messaging.system', 'text', 'kafka']],
      links: [{ ...kLinked, attributes: [['link.reason', 'text', 'batch'], ['link.index', 'int', '3']] }, { ...kLinked, span_id: '00f067aa0ba902b7', attributes: [] }],
    },
  ];
};

/** Counters count integers, the others doubles. `shows`: the points that must come back: [name, tag value, value]. */
const metrics = () => [
  {
    name: 'shop.orders', kind: 'counter', unit: '{order}', key: 'shop.kind', records: [['5', 'a'], ['7', 'b'], ['3', 'a']],
    shows: [['shop.orders', 'a', 8], ['shop.orders', 'b', 7]],
  },
  { name: 'shop.carts', kind: 'up_down_counter', unit: '{cart}', key: 'shop.kind', records: [['5', 'ä'], ['-7', 'ä']], shows: [['shop.carts', 'ä', -2]] },
  { name: 'shop.temperature', kind: 'gauge', unit: 'Cel', key: 'room', records: [[20.25, 'attic'], [21.5, 'attic']], shows: [['shop.temperature', 'attic', 21.5]] },
  {
    name: 'shop.latency', kind: 'histogram', unit: 'ms', key: 'shop.kind', records: [[10, 'a'], [20.5, 'a'], [60, 'a']],
    shows: [['shop.latency.avg', 'a', 90.5 / 3], ['shop.latency.count', 'a', 3], ['shop.latency.min', 'a', 10], ['shop.latency.max', 'a', 60]],
  },
  {
    name: 'shop.size', kind: 'exponential_histogram', unit: 'By', key: 'shop.kind', records: [[1, 'a'], [2, 'a'], [4.5, 'a']],
    shows: [['shop.size.avg', 'a', 2.5], ['shop.size.count', 'a', 3], ['shop.size.min', 'a', 1], ['shop.size.max', 'a', 4.5]],
  },
];

const logs = (start, language) => {
  const at = (ns) => String(start + ns);
  return [
    { time: at(10n), severity: 9, text: 'Info', body: ['text', 'cart opened 🐎\nby "Ana"'], attributes: every_type(language.widest_integer) },
    {
      time: at(20_000_001n), severity: 17, text: 'ERROR', span: kFailing, event: 'payment.refused', attributes: [['amount', 'double', 4.5]],
      body: ['map', [['order', 'int', '7'], ['paid', 'bool', false], ['lines', 'list', [['text', 'ä'], ['int', '-1'], ['map', [['deep', 'double', 2.5]]]]]]],
    },
    { time: at(30_000_000n), severity: 13, text: '', span: kRoute, body: ['list', [['text', 'a'], ['int', '2'], ['bool', true], ['double', 0.5]]], attributes: [] },
    { time: at(40_000_000n), severity: 5, text: '', body: ['int', '-42'], attributes: [] },
    { time: at(50_000_000n), severity: 21, text: 'critical', body: ['double', 1234567.875], attributes: [] },
    { time: at(60_000_000n), severity: 9, text: '', body: ['bool', true], attributes: [] },
    { time: at(70_000_000n), severity: 9, text: '', body: ['bytes', Buffer.from([0xff, 0x00, 0x01]).toString('base64')], attributes: [] },
    { severity: 9, text: '', body: ['text', 'without a time of its own'], attributes: [] },
  ];
};

/**
 * What a program is given: `start` is nanoseconds since 1970, `signals` the ones the server knows. `language`: its entry in
 * languages.mjs.
 */
export function story_of(name, language, start, signals) {
  return {
    resource: [
      ['service.name', 'text', `checkout-${name}-ß`],
      ['service.version', 'text', '4.2.0-rc.1+build.7'],
      ['host.name', 'text', 'shop-01'],
      ['process.pid', 'int', '4711'],
      ['deployment.zones', 'texts', ['eu-1', 'eu-2']],
    ],
    scope: kScope,
    signals,
    spans: spans(start, language),
    metrics: metrics(),
    logs: logs(start, language),
  };
}

/** The stack text that a program is given, as the server must keep it, and its issue. */
export function reported_exception(language) {
  const { input, hash } = vector(language.canonical_stack ?? language.reported_stack);
  return { stackTrace: input, exceptionHash: hash };
}
