// Invented telemetry: the same for the same time, so that pictures can be compared.

export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// name, calls a day, p50 ms, spread (log10 of p99/p50), share of 5xx, share of 4xx
const kRoutes = [
  ['POST /api/checkout', 5012, 412, 1.32, 0.081, 0.02],
  ['GET /api/users/:id/invoices', 1204, 690, 0.86, 0.004, 0.01],
  ['GET /api/products', 48231, 31, 0.7, 0.0004, 0.002],
  ['GET /api/products/:id', 91377, 18, 0.82, 0.0007, 0.031],
  ['POST /api/login', 8120, 141, 0.45, 0.001, 0.34],
  ['GET /api/cart', 22904, 24, 0.9, 0.002, 0],
  ['PUT /api/cart/items/:sku', 9811, 44, 0.8, 0.003, 0.04],
  ['GET /api/search', 18342, 122, 1.1, 0.0031, 0],
  ['GET /health', 17280, 0.31, 0.5, 0, 0],
  ['POST /webhooks/payment-provider', 812, 96, 1.6, 0.14, 0],
  ['GET /api/recommendations', 7722, 211, 0.62, 0.012, 0],
  ['DELETE /api/cart/items/:sku', 1430, 38, 0.6, 0, 0.02],
  ['GET /api/orders', 6120, 88, 0.74, 0.0009, 0.003],
  ['GET /api/orders/:id', 11780, 41, 0.68, 0.0011, 0.01],
  ['POST /api/orders/:id/refund', 19, 1240, 0.6, 0.05, 0],
  ['GET /api/admin/reports/daily', 7, 8410, 0.35, 0, 0],
  ['GET /static/*', 120440, 1.9, 0.9, 0, 0.004],
  ['PATCH /api/users/:id', 733, 61, 0.5, 0, 0.05],
  ['POST /api/reviews', 388, 77, 0.66, 0.002, 0.08],
  ['GET /sitemap.xml', 96, 1450, 0.3, 0, 0],
  ['UNMATCHED', 3105, 0.8, 0.6, 0, 0.999],
];

const kDay = 86_400_000;

/** Traffic has a day and a night, and one hour was missing this morning. */
export function load_at(ms) {
  const hour = (ms / 3_600_000) % 24;
  return 0.35 + 0.65 * Math.max(0, Math.sin(((hour - 5) / 24) * Math.PI * 1.35)) ** 1.3;
}

function is_down(ms, range) {
  const length = range.to - range.from;
  return ms > range.from + length * 0.3 && ms < range.from + length * 0.335;
}

function impact([name, calls, p50, spread, failing, refused]) {
  const p99 = p50 * 10 ** spread;
  const slow = Math.max(0, Math.min(1, (Math.log10(p99) - 2.88) / 1.2));
  if (failing > 0.1) return [0.76, `${Math.round(calls * failing).toLocaleString('en-US')} errors with ${(failing * 100).toFixed(1)}% error rate`];
  if (p99 > 8000) return [0.75, `P99 latency is ${(p99 / 1000).toFixed(1)}s`];
  if (failing > 0.05 && calls > 100) return [0.5, `${Math.round(calls * failing).toLocaleString('en-US')} errors with ${(failing * 100).toFixed(1)}% error rate`];
  if (p99 > 3000) return [0.31, `P99 latency is ${(p99 / 1000).toFixed(1)}s`];
  if (refused > 0.25 && name !== 'UNMATCHED') return [0.5, `${Math.round(refused * 100)}% of requests returning 4xx errors`];
  return [slow * 0.2, 'Endpoint is healthy'];
}

export function groups(range, { orderBy, sortDirection, search }) {
  const share = (range.to - range.from) / kDay;
  const rows = kRoutes
    .map((route) => {
      const [name, calls, p50, spread] = route;
      const [score, reason] = impact(route);
      return {
        endpoint: name,
        count: Math.max(1, Math.round(calls * share)),
        p50Duration: Math.round(p50 * 1e6),
        p95Duration: Math.round(p50 * 10 ** (spread * 0.68) * 1e6),
        p99Duration: Math.round(p50 * 10 ** spread * 1e6),
        avgDuration: Math.round(p50 * 1.3 * 1e6),
        lastSeen: new Date(range.to - (kDay / calls) * 0.7).toISOString(),
        impact: score,
        impactReason: reason,
      };
    })
    .filter((row) => row.endpoint.toLowerCase().includes((search ?? '').toLowerCase()));
  const field = { count: 'count', p50_duration: 'p50Duration', p95_duration: 'p95Duration', p99_duration: 'p99Duration', last_seen: 'lastSeen', endpoint: 'endpoint' }[orderBy] ?? 'impact';
  const sign = sortDirection === 'asc' ? 1 : -1;
  return rows.sort((a, b) => (a[field] < b[field] ? -sign : a[field] > b[field] ? sign : 0));
}

export function chart(range, { metricType, intervalMinutes }) {
  const width = intervalMinutes * 60_000;
  const value_of = { p50: (r) => r[2], p95: (r) => r[2] * 10 ** (r[3] * 0.68), p99: (r) => r[2] * 10 ** r[3] }[metricType];
  const weight = value_of ?? ((r) => r[1] * r[2] * 1.3);
  const ranked = [...kRoutes].sort((a, b) => weight(b) - weight(a));
  const top = ranked.slice(0, 5);
  const series = [];
  for (let at = Math.floor(range.from / width) * width; at <= range.to; at += width) {
    if (is_down(at, range)) continue;
    const next = random(at / 1000);
    const filled = Math.min(1, Math.max(0, (range.to - at) / width));
    const noise = () => 0.72 + next() * 0.56 + (next() > 0.97 ? 1.1 : 0);
    const timestamp = new Date(at).toISOString().replace('.000', '');
    for (const route of top) {
      if (value_of) {
        if (route[1] < 50 && next() > 0.3) continue;
        series.push({ timestamp, endpoint: route[0], value: value_of(route) * (0.7 + noise() * 0.3) });
      } else series.push({ timestamp, endpoint: route[0], value: weight(route) * (width / kDay) * load_at(at) * noise() * filled });
    }
    const rest = ranked.slice(5).reduce((sum, route) => sum + weight(route), 0);
    series.push({ timestamp, endpoint: 'Other', value: value_of ? 60 * noise() : rest * (width / kDay) * load_at(at) * noise() * filled });
  }
  return { endpoints: [...top.map((route) => route[0]), 'Other'], series };
}

function id_of(route, at) {
  const hex = (value, digits) => Math.floor(value).toString(16).padStart(digits, '0').slice(-digits);
  return `0000${hex(route, 4)}-${hex(at % 65536, 4)}-4000-8000-${hex(at / 65536, 12)}`;
}

export function requests(range, endpoint, { orderBy, sortDirection }) {
  const index = kRoutes.findIndex((route) => route[0] === endpoint);
  const zero = { count: 0, avgDuration: 0, medianDuration: 0, p95Duration: 0, p99Duration: 0, apdex: 0, errorRate: 0, throughput: 0 };
  if (index < 0) return { rows: [], stats: zero };
  const [, calls, p50, spread, failing, refused] = kRoutes[index];
  const count = Math.max(1, Math.min(4000, Math.round((calls * (range.to - range.from)) / kDay)));
  const step = (range.to - range.from) / count;
  const rows = [];
  for (let n = 0; n < count; n += 1) {
    const next = random(index * 7919 + Math.floor((range.from + n * step) / 977));
    const at = range.from + (n + next()) * step;
    if (is_down(at, range) || next() > load_at(at) + 0.3) continue;
    const normal = Math.sqrt(-2 * Math.log(next() + 1e-9)) * Math.cos(2 * Math.PI * next());
    const bad = next();
    const status = bad < failing ? (next() > 0.4 ? 500 : 503) : bad < failing + refused ? (next() > 0.5 ? 404 : 401) : next() > 0.98 ? 304 : 200;
    const late = next() > 0.965 ? 10 ** (spread * 0.8) : 1;
    rows.push({
      id: id_of(index, Math.round(at)), projectId: '11111111-1111-4111-8111-111111111111', endpoint,
      duration: Math.round(p50 * 10 ** (normal * spread * 0.26) * late * 1e6), recordedAt: new Date(at).toISOString(), statusCode: status,
      bodySize: Math.round(400 + next() * 90_000), clientIP: `203.0.113.${Math.floor(next() * 250)}`, attributes: null,
      appVersion: at > range.to - (range.to - range.from) * 0.4 ? 'v1.4.1' : 'v1.4.0', serverName: `web-${1 + Math.floor(next() * 3)}`,
    });
  }
  const sorted = rows.map((row) => row.duration / 1e6).sort((a, b) => a - b);
  const q = (p) => sorted[Math.floor(p * (sorted.length - 1))] ?? 0;
  const errors = rows.filter((row) => row.statusCode >= 500).length;
  const satisfied = rows.filter((row) => row.duration <= 5e8 && row.statusCode < 500).length;
  const tolerating = rows.filter((row) => row.duration > 5e8 && row.duration <= 2e9 && row.statusCode < 500).length;
  const stats = rows.length === 0 ? zero : {
    count: rows.length, avgDuration: sorted.reduce((a, b) => a + b, 0) / sorted.length, medianDuration: q(0.5), p95Duration: q(0.95), p99Duration: q(0.99),
    apdex: (satisfied + tolerating / 2) / rows.length, errorRate: (errors / rows.length) * 100, throughput: rows.length / Math.max(1, (range.to - range.from) / 60_000),
  };
  const field = { duration: 'duration', status_code: 'statusCode', body_size: 'bodySize' }[orderBy] ?? 'recordedAt';
  const sign = sortDirection === 'asc' ? 1 : -1;
  rows.sort((a, b) => (a[field] < b[field] ? -sign : a[field] > b[field] ? sign : 0));
  return { rows, stats };
}

const hex_span = (n) => ((BigInt(n) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn).toString(16).padStart(16, '0');
const padded = (n) => `00000000-0000-0000-${hex_span(n).slice(0, 4)}-${hex_span(n).slice(4)}`;

export function detail(id) {
  const index = parseInt(id.slice(4, 8), 16);
  const at = parseInt(id.slice(24), 16) * 65536 + parseInt(id.slice(9, 13), 16);
  const route = kRoutes[index];
  if (!route) return [404, { error: 'Endpoint not found' }];
  const failed = route[4] > 0.05;
  const big = id.startsWith('0000') && route[0] === 'GET /api/admin/reports/daily';
  const spans = [];
  let next_id = 0xa0;
  function add(parent, name, from_ms, ms, more = {}) {
    const own = next_id++;
    spans.push({
      id: padded(own), traceId: id, projectId: '11111111-1111-4111-8111-111111111111', name, startTime: new Date(at + Math.floor(from_ms)).toISOString().replace('Z', `${String(Math.round((from_ms % 1) * 1e6)).padStart(6, '0')}Z`),
      duration: Math.round(ms * 1e6), recordedAt: new Date(at).toISOString(), parentSpanId: padded(parent), kind: 1, statusCode: 0, statusMessage: '',
      serviceName: 'shop-api', scopeName: 'github.com/acme/shop/internal', attributes: {}, events: [], links: [], ...more,
    });
    return own;
  }
  const sql = (text) => ({ kind: 3, scopeName: 'otelsql', attributes: { 'db.system.name': 'postgresql', 'db.query.text': text, 'db.namespace': 'shop', 'server.address': 'db-2', 'server.port': 5432 } });
  const root = 0xa0;
  next_id = root + 1;
  const auth = add(root, 'auth.verify_session', 1.2, 21.4);
  add(auth, 'GET session', 1.9, 1.1, { kind: 3, attributes: { 'db.system.name': 'redis', 'db.operation.name': 'GET', 'db.query.text': 'GET session:9f2e…' } });
  add(auth, 'SELECT users', 4.2, 16.9, sql('SELECT id, email, role\nFROM users\nWHERE id = $1 AND deleted_at IS NULL'));
  const dash = add(root, 'load_invoices', 24, 2392);
  add(dash, 'SELECT invoices', 27, 327, sql('SELECT i.id, i.total, i.currency, i.issued_at\nFROM invoices i\nJOIN customers c ON c.id = i.customer_id\nWHERE c.user_id = $1\nORDER BY i.issued_at DESC\nLIMIT 50'));
  const ship = add(dash, 'POST https://shipping.internal/quotes', 360, 477, { kind: 3, attributes: { 'http.request.method': 'POST', 'url.full': 'https://shipping.internal/quotes', 'http.response.status_code': 200, 'server.address': 'shipping.internal' } });
  const remote = add(ship, 'POST /quotes', 371, 452, { kind: 2, serviceName: 'shipping', scopeName: 'io.opentelemetry.tomcat-10.0', attributes: { 'http.route': '/quotes', 'http.request.method': 'POST' } });
  add(remote, 'quote.calculate', 380, 398, { serviceName: 'shipping', events: [{ time_unix_nano: String(BigInt(Math.floor(at + 402)) * 1000000n), name: 'cache.miss', attributes: { key: 'rates:eu-west' } }] });
  const missing = add(dash, 'fetch_missing_invoice_data', 842, 1500, { links: [{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', attributes: {} }] });
  const many = big ? 2400 : 38;
  for (let n = 0; n < many; n += 1) {
    const broken = failed && n === many - 2;
    add(missing, 'SELECT invoice_lines', 850 + (n * 1480) / many, (1480 / many) * 0.82, { ...sql('SELECT * FROM invoice_lines WHERE invoice_id = $1'), ...(broken ? { statusCode: 2, statusMessage: 'canceling statement due to statement timeout' } : {}) });
  }
  add(dash, 'format_totals', 2352, 9.3);
  add(root, 'render invoices.html', 2419, 24.8, { attributes: { 'template.name': 'invoices.html' } });
  const exception = failed ? { exceptionHash: '0123456789abcdef', recordedAt: new Date(at).toISOString(), stackTrace: '*pgconn.PgError: canceling statement due to statement timeout (SQLSTATE 57014)\ngithub.com/acme/shop/internal/invoice.(*Store).Lines\n\t/app/internal/invoice/store.go:214\ngithub.com/acme/shop/internal/invoice.(*Service).FetchMissing\n\t/app/internal/invoice/service.go:88\ngithub.com/acme/shop/internal/http.(*Handler).Checkout\n\t/app/internal/http/checkout.go:131\nmain.main.func1\n\t/app/main.go:64' } : undefined;
  return [200, {
    endpoint: {
      id, projectId: '11111111-1111-4111-8111-111111111111', endpoint: route[0], duration: 2_450_318_000, recordedAt: new Date(at).toISOString(), statusCode: failed ? 500 : 200,
      bodySize: 73_216, clientIP: '203.0.113.24', attributes: null, appVersion: 'v1.4.1', serverName: 'web-2', spanId: hex_span(root), distributedTraceId: '4bf92f35-77b3-4da6-a3ce-929d0e0e4736', isRoot: true,
      rootSpan: {
        name: route[0], kind: 2, statusCode: failed ? 2 : 0, statusMessage: failed ? 'statement timeout' : '', serviceName: 'shop-api', scopeName: 'otelgin', scopeVersion: '0.61.0', events: [], links: [],
        attributes: { 'http.request.method': route[0].split(' ')[0], 'http.route': route[0].split(' ')[1], 'http.response.status_code': failed ? 500 : 200, 'url.path': '/api/users/4711/invoices', 'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36', 'client.address': '203.0.113.24', 'network.protocol.version': '1.1', 'user.id': '4711' },
        resource: { 'service.name': 'shop-api', 'service.version': 'v1.4.1', 'host.name': 'web-2', 'process.runtime.name': 'go', 'process.runtime.version': 'go1.24.1', 'telemetry.sdk.language': 'go', 'deployment.environment.name': 'production' },
      },
    },
    spans, hasSpans: true, ...(exception ? { exception } : {}), messages: [],
  }];
}
