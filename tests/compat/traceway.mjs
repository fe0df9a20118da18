// The Traceway SDKs against the real server: a Node service and a page in Chromium report, and what they sent is read back.
//   TRACEWAY_BINARY=build/traceway node tests/compat/traceway.mjs
import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as sdk from '@tracewayapp/backend';
import { chromium } from 'playwright-core';
import { finish, test } from '../support/checks.mjs';
import { launch } from '../support/chromium.mjs';
import { TracewayServer, eventually } from '../support/traceway_server.mjs';
import { listen, serve_witness } from '../support/witness.mjs';

const kVersion = '2.3.1-ß';
const kServerName = 'node-7';
const kMinute = 60_000;

/** Uploads of the Node SDK: what was sent and what was answered. */
const uploads = [];
const real_fetch = globalThis.fetch;
globalThis.fetch = async (url, init) => {
  const answer = await real_fetch(url, init);
  if (String(url).endsWith('/api/report')) uploads.push({ init, status: answer.status, text: await answer.clone().text() });
  return answer;
};

class InventoryError extends Error {}

const seconds = (ms) => new Date(ms).toISOString().replace(/0*Z$/, 'Z').replace('.Z', 'Z');
const span = (name, at, ns) => ({ id: randomUUID(), name, startTime: new Date(at).toISOString(), duration: ns });

/** One request told in one call, every field of it. */
function order(started) {
  return {
    id: randomUUID(),
    endpoint: 'POST /käufe/:id',
    ms: 18.25,
    started: new Date(started),
    status: 502,
    size: 1234,
    ip: '203.0.113.9',
    attributes: { tenant: 'acme', 'user.name': 'Ana 🐎 "x" \\ \n', empty: '' },
    spans: [span('INSERT orders', started + 4, 7_100_000), span('render', started + 12, 1)],
  };
}

/** A request in a context that async calls carry along; a browser's action may share its distributed id. */
function request(endpoint, distributedTraceId, work) {
  const id = randomUUID();
  sdk.withTraceContext({ traceId: id, endpoint, clientIP: '::1', attributes: { plan: 'pro' }, distributedTraceId }, () => {
    const open = sdk.startSpan('load user');
    sdk.endSpan(open);
    work();
    sdk.captureCurrentTrace();
  });
  return id;
}

function report_from_node(server) {
  const started = Date.now() - kMinute;
  const sent = { order: order(started), shared: randomUUID(), own: randomUUID() };
  sdk.init(server.connection_string(), { version: kVersion, serverName: kServerName, collectionInterval: 50, uploadThrottle: 50, metricsInterval: 100 });
  const { id, endpoint, ms, started: at, status, size, ip, attributes, spans } = sent.order;
  sdk.captureTrace(id, endpoint, ms, at, status, size, ip, attributes, spans);
  sent.failed = request('GET /search', sent.own, () => {
    sdk.captureException(new InventoryError('no stock for sku 70001'));
    sdk.captureMessage('disk almost full: 93%', { host: 'db-1' });
    sdk.setTraceResponseInfo(500, 7);
  });
  sent.cart = request('POST /cart', sent.shared, () => sdk.setTraceResponseInfo(200, 9));
  sent.lost = request('GET /wp-login.php', undefined, () => sdk.setTraceResponseInfo(404, 0));
  sdk.captureTask(randomUUID(), 'nightly-report', 1500, new Date(started), { batch: '1' }, [span('render pdf', started, 5)]);
  assert.throws(() => sdk.measureTask('broken-import', () => { throw new TypeError('nothing to import'); }), TypeError);
  sdk.captureException(new RangeError('outside of any run'));
  sdk.captureMetricWithTags('cache.hit_ratio', 0.875, { cache: 'sessions' });
  return sent;
}

async function node_is_read_back(server, sent) {
  const detail_of = (id) => server.ask(`/endpoints/${id}`);
  await test('node: every upload was gzip and answered with exactly 200 and {}', () => {
    assert.ok(uploads.length > 0);
    for (const { init, status, text } of uploads) {
      assert.deepEqual([init.headers['Content-Encoding'], status, text], ['gzip', 200, '{}']);
    }
  });
  await test('node: a request told in one call comes back with every field', async () => {
    const { endpoint: { rootSpan, ...endpoint }, spans, hasSpans } = await detail_of(sent.order.id);
    assert.deepEqual(endpoint, {
      id: sent.order.id, projectId: server.project.id, endpoint: sent.order.endpoint, duration: 18_250_000, recordedAt: seconds(sent.order.started),
      statusCode: 502, bodySize: 1234, clientIP: '203.0.113.9', attributes: sent.order.attributes, appVersion: kVersion, serverName: kServerName,
      spanId: sent.order.id, isStream: false, isRoot: true,
    });
    assert.deepEqual([rootSpan.name, rootSpan.kind, rootSpan.statusCode, rootSpan.serviceName], [sent.order.endpoint, 2, 2, kServerName]);
    assert.equal(hasSpans, true);
    assert.deepEqual(
      spans.map(({ id, traceId, parentSpanId, name, startTime, duration }) => ({ id, traceId, parentSpanId, name, startTime, duration })),
      sent.order.spans.map(({ id, name, startTime, duration }) => ({ id, traceId: sent.order.id, parentSpanId: sent.order.id, name, startTime: seconds(startTime), duration })),
    );
  });
  await test('node: a context keeps its span, exception, message and distributed id together', async () => {
    const { endpoint, spans, exception, messages } = await detail_of(sent.failed);
    assert.deepEqual([endpoint.endpoint, endpoint.statusCode, endpoint.bodySize, endpoint.clientIP], ['GET /search', 500, 7, '::1']);
    assert.deepEqual(endpoint.attributes, { plan: 'pro' });
    assert.equal(endpoint.distributedTraceId, sent.own);
    assert.deepEqual(spans.map(({ name }) => name), ['load user']);
    assert.match(exception.stackTrace, /^InventoryError: no stock for sku 70001\n.*traceway\.mjs:\d+\n/s);
    assert.match(exception.exceptionHash, /^[0-9a-f]{16}$/);
    assert.deepEqual(messages.map(({ stackTrace, attributes }) => ({ stackTrace, attributes })), [{ stackTrace: 'disk almost full: 93%', attributes: { host: 'db-1' } }]);
  });
  await test('node: what no route answered is UNMATCHED and keeps its own name below', async () => {
    const { endpoint } = await detail_of(sent.lost);
    assert.deepEqual([endpoint.endpoint, endpoint.rootSpan.name], ['UNMATCHED', 'GET /wp-login.php']);
  });
  await test('node: the same upload once more is acknowledged and stores nothing again', async () => {
    for (const { init } of [...uploads]) assert.equal((await real_fetch(`${server.url}/api/report`, init)).status, 200);
    const { data, pagination } = await server.ask('/endpoints/grouped', { pagination: { page: 1, pageSize: 20 } });
    assert.equal(pagination.total, 4);
    assert.deepEqual(data.map(({ count }) => count), [1, 1, 1, 1]);
  });
}

// --- the page ---

const kPage = '<!doctype html><title>Shop</title><h1>Shop</h1><input id="q"><button id="b">Buy</button><script src="/sdk.js"></script>';

/** A site of its own, so that reports go to another origin. */
function serve_page() {
  const require = createRequire(import.meta.url);
  const script = readFileSync(join(require.resolve('@tracewayapp/frontend'), '../traceway.iife.global.js'));
  return listen(({ url }, answer) =>
    url === '/sdk.js' ? answer.setHeader('content-type', 'text/javascript').end(script) : answer.setHeader('content-type', 'text/html').end(kPage));
}

const committed = async (server) => (await server.call('GET', '/api/diagnostics/trace-pipeline')).traceway.committed_records_total;

async function report_from_page(browser, server, shared) {
  const seen = [];
  const before = await committed(server);
  const [site, witness] = [await serve_page(), await serve_witness(server, seen)];
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(site.url);
  const options = { version: kVersion, recordAllSessions: true, debounceMs: 200 };
  await page.evaluate(([connection, given]) => Traceway.init(connection, given), [`${server.project.token}@${witness.url}/api/report`, options]);
  await page.fill('#q', 'boots');
  await page.evaluate((id) => {
    class CartError extends Error {}
    Traceway.setAttribute('plan', 'pro');
    Traceway.captureExceptionWithAttributes(new CartError('cannot add A-7 to the cart'), { sku: 'A-7' }, { distributedTraceId: id });
    Traceway.captureMessage('cart opened by demo');
    setTimeout(() => null.boom, 0);
    Promise.reject(new TypeError('rejected in the background'));
  }, shared);
  await eventually('the four things the page noticed', async () => (await committed(server)) >= before + 4);
  await page.goto('about:blank');  // the last upload of a page is plain JSON that outlives it
  await eventually('the upload of the page that was left', () => seen.some(({ method, encoding }) => method === 'POST' && encoding === undefined));
  await context.close();
  site.close();
  witness.close();
  return seen;
}

async function page_is_read_back(server, sent, seen) {
  await test('page: another origin may report, gzip while the page lives and plain when it is left', () => {
    const kinds = seen.map(({ method, encoding, status }) => `${method} ${encoding ?? 'plain'} ${status}`);
    assert.deepEqual([...new Set(kinds)].sort(), ['OPTIONS plain 204', 'POST gzip 200', 'POST plain 200']);
  });
  await test("page: its exception stands beside the service's request of the same action", async () => {
    const { endpoint, exception } = await server.ask(`/endpoints/${sent.cart}`);
    assert.equal(endpoint.distributedTraceId, sent.shared);
    assert.match(exception.stackTrace, /^CartError: cannot add A-7 to the cart\n/);
  });
}

// --- issues, tasks and replays of both ---

const kEverything = { fromDate: '2020-01-01T00:00:00Z', pagination: { page: 1, pageSize: 100 } };

/** Every occurrence of every issue, by the first line of its text. */
async function occurrences_by_line(server) {
  const { data } = await server.ask('/exception-stack-traces', kEverything);
  const found = {};
  for (const { exceptionHash } of data) {
    const { occurrences } = await server.ask(`/exception-stack-traces/${exceptionHash}`, { pagination: { page: 1, pageSize: 100 } });
    for (const one of occurrences) (found[one.stackTrace.split('\n')[0]] ??= []).push(one);
  }
  return found;
}

async function issues_are_read_back(server, sent, found) {
  const only = (line) => {
    assert.equal(found[line].length, 1, line);
    return found[line][0];
  };
  await test('issues: every exception and message of both SDKs is there once', () => {
    assert.deepEqual(Object.keys(found).sort(), [
      'CartError: cannot add A-7 to the cart',
      'InventoryError: no stock for sku 70001',
      'RangeError: outside of any run',
      'TypeError: Cannot read properties of null (reading \'boom\')',
      'TypeError: nothing to import',
      'TypeError: rejected in the background',
      'cart opened by demo',
      'disk almost full: 93%',
    ]);
    for (const line of Object.keys(found)) only(line);
  });
  await test("issues: the service's exception has its trace, run, release and host", () => {
    const row = only('InventoryError: no stock for sku 70001');
    assert.deepEqual([row.type, row.message], ['InventoryError', 'no stock for sku 70001']);
    assert.deepEqual([row.traceId, row.traceType, row.spanName], [sent.failed, 'endpoint', 'GET /search']);
    assert.deepEqual([row.distributedTraceId, row.attributes, row.isMessage], [sent.own, { plan: 'pro' }, false]);
    assert.deepEqual([row.appVersion, row.serverName, row.sessionId], [kVersion, kServerName, undefined]);
  });
  await test('issues: what failed in a task leads to the task', () => {
    const row = only('TypeError: nothing to import');
    assert.deepEqual([row.traceType, row.spanName], ['task', 'broken-import']);
  });
  await test("issues: the page's exceptions share its session and its attributes", () => {
    const cart = only('CartError: cannot add A-7 to the cart');
    assert.deepEqual([cart.distributedTraceId, cart.appVersion, cart.serverName], [sent.shared, kVersion, '']);
    const { plan, sku, path, language } = cart.attributes;
    assert.deepEqual([plan, sku, path, language], ['pro', 'A-7', '/', 'en-US']);
    assert.match(cart.sessionId, /^[0-9a-f-]{36}$/);
    const message = only('cart opened by demo');
    assert.deepEqual([message.isMessage, message.sessionId], [true, cart.sessionId]);
    assert.equal(only('TypeError: rejected in the background').sessionId, cart.sessionId);
  });
}

async function tasks_are_read_back(server) {
  await test('tasks: both are there once, with their spans and what failed', async () => {
    const { data } = await server.ask('/tasks', kEverything);
    const by_name = Object.fromEntries(data.map((task) => [task.taskName, task]));
    assert.deepEqual([data.length, Object.keys(by_name).sort()], [2, ['broken-import', 'nightly-report']]);
    const { task, spans, exception } = await server.ask(`/tasks/${by_name['nightly-report'].id}`);
    assert.deepEqual([task.duration, task.attributes, spans.map(({ name }) => name), exception], [1_500_000_000, { batch: '1' }, ['render pdf'], undefined]);
    const broken = await server.ask(`/tasks/${by_name['broken-import'].id}`);
    assert.match(broken.exception.stackTrace, /^TypeError: nothing to import\n/);
  });
  await test('requests: four are there once', async () => {
    assert.equal((await server.ask('/endpoints', kEverything)).pagination.total, 4);
  });
}

/** A GET about the project, as text: recordings are compared byte for byte. */
async function text_of(server, path) {
  const answer = await fetch(`${server.url}/api${path}?projectId=${server.project.id}`, { headers: { authorization: `Bearer ${server.token}` } });
  assert.equal(answer.status, 200, path);
  return answer.text();
}

async function replays_are_read_back(server, seen, found) {
  const bodies = seen.filter(({ method }) => method === 'POST').map(({ sent, encoding }) => (encoding === 'gzip' ? gunzipSync(sent) : sent));
  const frames = bodies.flatMap((body) => JSON.parse(String(body)).collectionFrames);
  const recordings = frames.flatMap(({ sessionRecordings }) => sessionRecordings ?? []);
  const cart = found['CartError: cannot add A-7 to the cart'][0];
  await test('replay: each exception has the recording that was sent with it, byte for byte', async () => {
    const clips = recordings.filter(({ exceptionId }) => exceptionId);
    assert.ok(clips.length >= 1);
    for (const clip of clips) {
      const { stackTrace } = frames.flatMap(({ stackTraces }) => stackTraces).find(({ sessionRecordingId }) => sessionRecordingId === clip.exceptionId);
      const { id } = found[stackTrace.split('\n')[0]][0];
      const text = await text_of(server, `/exception-stack-traces/by-id/${id}/recording`);
      assert.ok(text.includes(`"events":${JSON.stringify(clip.events)}`), stackTrace);
      const { logs, actions, startedAt, endedAt } = JSON.parse(text);
      assert.deepEqual([logs ?? [], actions ?? []], [clip.logs ?? [], clip.actions ?? []]);
      assert.deepEqual([Date.parse(startedAt), Date.parse(endedAt)], [Date.parse(clip.startedAt), Date.parse(clip.endedAt)]);
    }
    const { sessionRecordingEvents } = await server.ask(`/exception-stack-traces/by-id/${cart.id}`);
    assert.ok(sessionRecordingEvents.some(({ type }) => type === 2), 'a full snapshot of the page');
  });
  await test('replay: the session of the page is one row, closed when it was left', async () => {
    const { data } = await server.ask('/sessions', kEverything);
    assert.deepEqual(data.map(({ id }) => id), [cart.sessionId]);
    const { session, segments, exceptions } = await server.ask(`/sessions/${cart.sessionId}`);
    assert.deepEqual([session.isOpen, session.clientIP, session.appVersion, session.attributes.plan], [false, '127.0.0.1', kVersion, 'pro']);
    assert.deepEqual([session.exceptions, session.messages, session.segments], [3, 1, segments.length]);
    assert.ok(session.duration > 0 && session.duration < 60e9 && segments.length >= 1);
    assert.ok(exceptions.find(({ id }) => id === cart.id).hasRecording);
  });
  await test('replay: the segments of the session come back in their order, byte for byte', async () => {
    const sent = recordings.filter(({ sessionId }) => sessionId).sort((a, b) => (a.segmentIndex ?? 0) - (b.segmentIndex ?? 0));
    const text = await text_of(server, `/sessions/${cart.sessionId}/recording`);
    const events = sent.map((segment) => JSON.stringify(segment.events).slice(1, -1)).join(',');
    assert.ok(text.includes(`"events":[${events}]`));
  });
}

const server = await TracewayServer.start();
const browser = await launch(chromium);
try {
  await server.register();
  const sent = report_from_node(server);
  await new Promise((done) => setTimeout(done, 400));  // some metrics, and uploads by its own timers
  await sdk.shutdown();
  await node_is_read_back(server, sent);
  const seen = await report_from_page(browser, server, sent.shared);
  await page_is_read_back(server, sent, seen);
  const found = await occurrences_by_line(server);
  await issues_are_read_back(server, sent, found);
  await tasks_are_read_back(server);
  await replays_are_read_back(server, seen, found);
  const ended = await server.end();
  await test('the server ends with exit code 0', () => assert.equal(ended, 0));
} finally {
  await browser.close();
  await server.stop();
}
finish();
