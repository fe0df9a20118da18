// Invented overview, tasks and arrivals, in the shape of the server's answers.
import { groups, load_at, random } from './dev-data.mjs';

const kDay = 86_400_000;
const kProject = '11111111-1111-4111-8111-111111111111';

// name, runs a day, p50 ms, spread (log10 of p95/p50), share of failures
const kTasks = [
  ['send invoice emails', 288, 5120, 0.42, 0.031],
  ['reindex products', 24, 184_000, 0.18, 0],
  ['orders process', 5871, 93, 0.61, 0.0041],
  ['sync stock levels', 1440, 740, 0.35, 0.12],
  ['app:reports:daily', 1, 512_000, 0, 0],
  ['expire carts', 144, 61, 0.3, 0],
  ['resize images', 2204, 1310, 0.52, 0.009],
  ['charge subscriptions', 24, 8200, 0.66, 0.083],
];

const kIssues = [
  ['*pgconn.PgError', 'canceling statement due to statement timeout (SQLSTATE 57014)', 'invoice.(*Store).Lines', '/app/internal/invoice/store.go', 214, 406, 'new', 0.78],
  ['*net.OpError', 'write tcp 10.2.0.14:5432: broken pipe', 'db.(*Pool).Exec', '/app/internal/db/pool.go', 88, 57, 'regressed', 0.6],
  ['sql.ErrTxDone', 'sql: transaction has already been committed or rolled back', 'users.(*Service).Create', '/app/internal/users/service.go', 131, 85, 'new', 0.9],
  ['runtime.boundsError', 'index out of range [3] with length 3', 'search.rank', '/app/internal/search/rank.go', 57, 12, 'open', 0.1],
  ['context.deadlineExceededError', 'context deadline exceeded', 'shipping.(*Client).Quote', '/app/internal/shipping/client.go', 42, 1204, 'open', 0],
  ['json.SyntaxError', "invalid character '<' looking for beginning of value", 'webhooks.decode', '/app/internal/webhooks/decode.go', 19, 9, 'open', 0.3],
  ['*errors.errorString', 'stock level below zero for sku 88-1204-B', 'stock.(*Ledger).Take', '/app/internal/stock/ledger.go', 73, 33, 'open', 0.2],
];

const iso = (ms) => new Date(ms).toISOString();

function issues(range) {
  const hours = Math.min(48, Math.max(8, Math.round((range.to - range.from) / 3_600_000)));
  const width = (range.to - range.from) / hours;
  return kIssues.map(([type, message, name, file, line, count, state, begins], index) => {
    const next = random(index + 11);
    const trend = [];
    for (let at = Math.floor(hours * begins); at < hours; at += 1) if (next() > 0.35) trend.push({ timestamp: iso(range.from + at * width), count: Math.ceil((count / hours) * next() * 2) });
    return {
      exceptionHash: `${index}123456789abcdef`.slice(0, 16), stackTrace: `${type}: ${message}\n${name}()\n    ${file}:${line}`, firstSeen: iso(range.from + (range.to - range.from) * begins),
      lastSeen: iso(range.to - (index + 1) ** 3 * 61_000), count, type, message, culprit: { function: name, file, line, inApp: true }, route: '', users: 3, state, isMessage: false, trend, trendBucketMinutes: 60,
    };
  });
}

function traffic(range) {
  const minutes = Math.max(1, Math.round((range.to - range.from) / 96 / 60_000));
  const width = minutes * 60_000;
  const length = range.to - range.from;
  const points = [];
  for (let at = Math.floor(range.from / width) * width; at < range.to; at += width) {
    if (at > range.from + length * 0.3 && at < range.from + length * 0.335) continue;
    const next = random(at / 1000);
    const requests = load_at(at) * (0.8 + next() * 0.4) * width * 0.0032 * Math.min(1, (range.to - at) / width);
    const bad = at > range.from + length * 0.78 && at < range.from + length * 0.86;
    points.push({ timestamp: iso(at), ok: Math.round(requests), clientErrors: Math.round(requests * 0.06), serverErrors: Math.round(requests * (bad ? 0.16 : 0.004)) });
  }
  return { bucketMinutes: minutes, points };
}

/** A course of `count` values around `base`, with a hole where nothing was measured and a step at the end. */
function course(seed, base, wobble, step = 1) {
  const next = random(seed);
  return Array.from({ length: 48 }, (_, at) => (at === 15 || at === 16 ? null : base * (1 - wobble + next() * wobble * 2) * (at > 37 && at < 42 ? step : 1)));
}

export function overview(range, filled, calm = false) {
  const empty = { current: null, previous: null, trend: [] };
  if (!filled) {
    return { recentIssues: [], worstEndpoints: [], hasData: false, attention: [], tiles: { requests: empty, errorRate: empty, p95Ms: empty, apdex: empty, taskFailureRate: empty }, traffic: { bucketMinutes: 15, points: [] }, releases: [], lastEventAt: null };
  }
  const ago = (hours) => iso(range.to - hours * 3_600_000);
  const attention = [
    { kind: 'new_issue', severity: 'danger', title: '*pgconn.PgError in POST /api/checkout', detail: '406 events · 61 users', since: ago(5.2), entity: { type: 'issue', id: '0123456789abcdef' } },
    { kind: 'slower_endpoint', severity: 'warn', title: 'GET /api/users/:id/invoices p95 2.45 s, was 310 ms', detail: '1,204 calls · since release v1.4.1', since: ago(9.6), entity: { type: 'endpoint', id: 'GET /api/users/:id/invoices' } },
    { kind: 'regressed_issue', severity: 'warn', title: '*net.OpError: write tcp 10.2.0.14:5432: broken pipe', detail: '57 events, archived two weeks ago', since: ago(2.1), entity: { type: 'issue', id: '1123456789abcdef' } },
    { kind: 'task_failures', severity: 'warn', title: 'sync stock levels failed 12.0 % of its runs, was 0.2 %', detail: '173 of 1,440 runs', since: ago(20), entity: { type: 'task', id: 'sync stock levels' } },
  ];
  return {
    recentIssues: issues(range), worstEndpoints: groups(range, { orderBy: 'impact', sortDirection: 'desc', search: '' }).slice(0, 10), hasData: true, attention: calm ? [] : attention,
    tiles: {
      requests: { current: 374_801, previous: 362_110, trend: traffic(range).points.map((point) => point.ok) },
      errorRate: { current: 1.82, previous: 0.44, trend: course(1, 0.4, 0.5, 9) },
      p95Ms: { current: 418, previous: 373, trend: course(2, 390, 0.18, 1.3) },
      apdex: { current: 0.94, previous: 0.96, trend: course(3, 0.95, 0.02, 0.9) },
      taskFailureRate: { current: 0.44, previous: 0.4, trend: course(4, 0.4, 0.8) },
    },
    traffic: traffic(range), releases: [{ version: 'v1.4.1', firstSeen: ago(9.6) }, { version: 'v1.4.2', firstSeen: ago(3.1) }], lastEventAt: iso(range.to - 3000),
  };
}

export function task_groups(range, { orderBy, sortDirection, search }) {
  const share = (range.to - range.from) / kDay;
  const rows = kTasks
    .filter(([name]) => name.toLowerCase().includes((search ?? '').toLowerCase()))
    .map(([name, runs, p50, spread, failing]) => {
      const count = Math.max(1, Math.round(runs * share));
      return {
        taskName: name, count, p50Duration: Math.round(p50 * 1e6), p95Duration: Math.round(p50 * 10 ** spread * 1e6), avgDuration: Math.round(p50 * 1.2 * 1e6),
        lastSeen: iso(range.to - (kDay / runs) * 0.4), firstSeen: iso(range.from - 40 * kDay), failures: Math.round(count * failing),
      };
    });
  const value = { count: (row) => row.count, p50_duration: (row) => row.p50Duration, p95_duration: (row) => row.p95Duration, avg_duration: (row) => row.avgDuration, last_seen: (row) => Date.parse(row.lastSeen), failures: (row) => row.failures }[orderBy] ?? ((row) => row.count * (row.p95Duration - row.p50Duration));
  const sign = sortDirection === 'asc' ? 1 : -1;
  return rows.sort((a, b) => sign * (value(a) - value(b)));
}

export function task_chart(range, { metricType, intervalMinutes }) {
  const width = intervalMinutes * 60_000;
  const weight = { p50: (task) => task[2], p95: (task) => task[2] * 10 ** task[3], p99: (task) => task[2] * 10 ** (task[3] * 1.3) }[metricType] ?? ((task) => task[1] * task[2]);
  const ranked = [...kTasks].sort((a, b) => weight(b) - weight(a));
  const total = !['p50', 'p95', 'p99'].includes(metricType);
  const series = [];
  for (let at = Math.floor(range.from / width) * width; at < range.to; at += width) {
    const next = random(at / 997);
    for (const task of ranked.slice(0, 5)) {
      const runs = (task[1] * width) / kDay;
      if (runs < 1 && next() > runs) continue;
      series.push({ timestamp: iso(at), task: task[0], value: total ? weight(task) * Math.max(runs / task[1], 1 / task[1]) * (0.7 + next() * 0.6) : weight(task) * (0.8 + next() * 0.4) });
    }
    if (total) series.push({ timestamp: iso(at), task: 'Other', value: 9000 * (0.6 + next()) });
  }
  return { tasks: [...ranked.slice(0, 5).map(([name]) => name), ...(total ? ['Other'] : [])], series };
}

const hex = (value, digits) => Math.floor(value).toString(16).padStart(digits, '0').slice(-digits);

function run_of(index, at, duration, failed) {
  return {
    id: `7a5c${hex(index, 4)}-${hex(at % 65536, 4)}-4000-${failed ? 'b' : '8'}000-${hex(at / 65536, 12)}`, projectId: kProject, taskName: kTasks[index][0], duration: Math.round(duration), recordedAt: iso(at),
    clientIP: '', attributes: null, appVersion: 'v1.4.1', serverName: `worker-${1 + (Math.floor(at / 1000) % 2)}`, failed,
  };
}

export function task_runs(range, name, { orderBy, sortDirection }) {
  const index = kTasks.findIndex((task) => task[0] === name);
  const zero = { count: 0, avgDuration: 0, medianDuration: 0, p95Duration: 0, p99Duration: 0, throughput: 0, failures: 0 };
  if (index < 0) return { rows: [], stats: zero };
  const [, runs, p50, spread, failing] = kTasks[index];
  const count = Math.max(1, Math.min(3000, Math.round((runs * (range.to - range.from)) / kDay)));
  const rows = Array.from({ length: count }, (_, n) => {
    const next = random(index * 7919 + n + Math.floor(range.from / kDay));
    const at = range.from + ((n + 0.2 + next() * 0.6) / count) * (range.to - range.from);
    const normal = Math.sqrt(-2 * Math.log(next() + 1e-9)) * Math.cos(2 * Math.PI * next());
    return run_of(index, Math.round(at), p50 * 10 ** (normal * spread * 0.6) * 1e6, next() < failing);
  });
  const sorted = rows.map((row) => row.duration / 1e6).sort((a, b) => a - b);
  const q = (p) => sorted[Math.floor(p * (sorted.length - 1))];
  const stats = { count, avgDuration: sorted.reduce((a, b) => a + b, 0) / count, medianDuration: q(0.5), p95Duration: q(0.95), p99Duration: q(0.99), throughput: count / Math.max(1, (range.to - range.from) / 60_000), failures: rows.filter((row) => row.failed).length };
  const field = orderBy === 'duration' ? (row) => row.duration : (row) => Date.parse(row.recordedAt);
  const sign = sortDirection === 'asc' ? 1 : -1;
  rows.sort((a, b) => sign * (field(a) - field(b)));
  return { rows, stats };
}

export function task_detail(id) {
  const index = parseInt(id.slice(4, 8), 16);
  const task = kTasks[index];
  if (!/^7a5c/.test(id) || !task) return [404, { error: 'Task not found' }];
  const at = parseInt(id.slice(24), 16) * 65536 + parseInt(id.slice(9, 13), 16);
  const failed = id[19] === 'b';
  const length = task[2];
  const root = '00000000000000d0';
  const padded = (n) => `00000000-0000-0000-0000-0000000000${hex(n, 2)}`;
  const span = (n, parent, name, from, ms, more = {}) => ({
    id: padded(n), traceId: id, projectId: kProject, name, startTime: iso(at + from), duration: Math.round(ms * 1e6), recordedAt: iso(at), parentSpanId: parent, kind: 1, statusCode: 0, statusMessage: '',
    serviceName: 'shop-worker', scopeName: 'worker', attributes: {}, events: [], links: [], ...more,
  });
  const sql = (text) => ({ kind: 3, attributes: { 'db.system.name': 'postgresql', 'db.query.text': text } });
  const spans = [
    span(0xd1, root, 'SELECT outbox', length * 0.01, length * 0.12, sql('SELECT id, payload FROM outbox WHERE sent_at IS NULL LIMIT 100')),
    span(0xd2, root, 'render batch', length * 0.14, length * 0.31),
    span(0xd3, root, 'POST https://mail.internal/batch', length * 0.46, length * 0.48, { kind: 3, attributes: { 'http.request.method': 'POST', 'url.full': 'https://mail.internal/batch' }, ...(failed ? { statusCode: 2, statusMessage: '502 from mail.internal' } : {}) }),
    span(0xd4, padded(0xd2), 'load template', length * 0.15, length * 0.06),
    span(0xd5, root, 'UPDATE outbox', length * 0.95, length * 0.04, sql('UPDATE outbox SET sent_at = now() WHERE id = ANY($1)')),
  ];
  const { failed: _, ...row } = run_of(index, at, length * 1e6, failed);
  return [200, {
    task: { ...row, id, spanId: root, distributedTraceId: '9bf92f35-77b3-4da6-a3ce-929d0e0e4736', rootSpan: { name: task[0], kind: 5, statusCode: failed ? 2 : 0, serviceName: 'shop-worker', attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'outbox' }, resource: { 'service.name': 'shop-worker' } } },
    spans, hasSpans: true, messages: [],
    ...(failed ? { exception: { exceptionHash: '5123456789abcdef', recordedAt: iso(at), stackTrace: 'MailError: 502 from mail.internal\n    at send (/srv/worker/src/mail.js:88:13)\n    at run (/srv/worker/src/outbox.js:41:20)' } } : {}),
  }];
}

export function arrivals(filled, samples) {
  const now = Date.now();
  const one = (kind, count, first_hours) => ({ kind, firstAt: count > 0 ? iso(now - first_hours * 3_600_000) : null, lastAt: count > 0 ? iso(now - 3000) : null, count });
  const none = filled ? 0 : samples;
  return {
    kinds: [one('request', filled ? 374_801 : none, filled ? 780 : 0), one('error', filled ? 1806 : none, filled ? 780 : 0), one('task', filled ? 9996 : 0, 600), one('span', filled ? 2_811_007 : none, filled ? 780 : 0), one('metric', filled ? 81_200 : 0, 780), one('log', 0, 0), one('session', 0, 0)],
    rejections: filled
      ? [
          { at: iso(now - 42_000), status: 415, route: '/api/otel/v1/logs', reason: 'Content-Type text/plain is not supported: send application/x-protobuf or application/json' },
          { at: iso(now - 3_700_000), status: 400, route: '/api/report', reason: 'collectionFrames[0].traces[3].duration: a number was expected' },
        ]
      : [],
  };
}
