// Invented issues and their events, in the shape of the server's answers: the same for the same time.
import { random, request_id } from './dev-data.mjs';

const kHour = 3_600_000;
const kDay = 24 * kHour;
const kProject = '11111111-1111-4111-8111-111111111111';
const iso = (ms) => new Date(ms).toISOString();

const go = (name, file, line, inApp = true) => ({ function: name, file, line, column: 0, inApp, module: '' });
const js = (name, file, line, column, inApp = true) => ({ function: name, file, line, column, inApp, module: '' });
const kGin = [go('github.com/gin-gonic/gin.(*Context).Next', '/go/pkg/mod/github.com/gin-gonic/gin@v1.10.0/context.go', 185, false), go('github.com/gin-gonic/gin.(*Engine).handleHTTPRequest', '/go/pkg/mod/github.com/gin-gonic/gin@v1.10.0/gin.go', 633, false), go('net/http.serverHandler.ServeHTTP', '/usr/local/go/src/net/http/server.go', 3210, false), go('net/http.(*conn).serve', '/usr/local/go/src/net/http/server.go', 2092, false)];

// hash, type, message, events a day, state, seen first (days ago), last (minutes ago), route, frames, more
const kIssues = [
  { hash: '0123456789abcdef', type: '*pgconn.PgError', message: 'canceling statement due to statement timeout (SQLSTATE 57014)', day: 406, state: 'new', first: 0.24, last: 0.6, route: 'POST /api/checkout', users: 61, frames: [go('github.com/jackc/pgx/v5.(*Conn).Query', '/go/pkg/mod/github.com/jackc/pgx/v5@v5.7.2/conn.go', 712, false), go('github.com/jackc/pgx/v5/pgxpool.(*Pool).Query', '/go/pkg/mod/github.com/jackc/pgx/v5@v5.7.2/pgxpool/pool.go', 690, false), go('github.com/acme/shop/internal/invoice.(*Store).Lines', '/app/internal/invoice/store.go', 214), go('github.com/acme/shop/internal/invoice.(*Service).FetchMissing', '/app/internal/invoice/service.go', 88), go('github.com/acme/shop/internal/http.(*Handler).Checkout', '/app/internal/http/checkout.go', 131), ...kGin], causes: [{ type: '*net.OpError', message: 'read tcp 10.2.0.14:48122->10.2.0.30:5432: i/o timeout', frames: [go('net.(*conn).Read', '/usr/local/go/src/net/net.go', 179, false), go('crypto/tls.(*atLeastReader).Read', '/usr/local/go/src/crypto/tls/conn.go', 809, false), go('github.com/acme/shop/internal/db.(*Guard).Read', '/app/internal/db/guard.go', 41)] }] },
  { hash: '1a2b3c4d5e6f7081', type: 'TypeError', message: "Cannot read properties of undefined (reading 'id')", day: 14, state: 'regressed', first: 31, last: 2, route: '/cart', users: 9, frames: [js('addItem', 'src/lib/Cart.svelte', 42, 18), js('onclick', 'src/routes/cart/+page.svelte', 19, 7), js('handle_event', 'node_modules/svelte/src/internal/client/dom/elements/events.js', 62, 12, false), js('flush', 'node_modules/svelte/src/internal/client/runtime.js', 611, 4, false)] },
  { hash: '2233445566778899', type: 'runtime.boundsError', message: 'index out of range [3] with length 3', day: 9, state: 'open', first: 12, last: 64, route: 'import feed', task: true, users: 0, frames: [go('github.com/acme/shop/internal/feed.parseLine', '/app/internal/feed/feed.go', 88), go('github.com/acme/shop/internal/feed.(*Importer).Run', '/app/internal/feed/importer.go', 140), go('runtime.goexit', '/usr/local/go/src/runtime/asm_amd64.s', 1700, false)] },
  { hash: '3344556677889900', type: 'sql.ErrTxDone', message: 'sql: transaction has already been committed or rolled back', day: 85, state: 'new', first: 0.08, last: 3, route: 'POST /users/create', users: 12, frames: [go('github.com/acme/shop/internal/users.(*Service).Create', '/app/internal/users/service.go', 131), ...kGin] },
  { hash: '4455667788990011', type: 'context.deadlineExceededError', message: 'context deadline exceeded', day: 1204, state: 'open', first: 64, last: 0.2, route: 'POST https://shipping.internal/quotes', users: 388, frames: [go('github.com/acme/shop/internal/shipping.(*Client).Quote', '/app/internal/shipping/client.go', 42), ...kGin] },
  { hash: '5566778899001122', type: 'json.SyntaxError', message: "invalid character '<' looking for beginning of value", day: 9, state: 'open', first: 9, last: 190, route: 'POST /webhooks/payment-provider', users: 0, frames: [go('encoding/json.(*decodeState).unmarshal', '/usr/local/go/src/encoding/json/decode.go', 181, false), go('github.com/acme/shop/internal/webhooks.decode', '/app/internal/webhooks/decode.go', 19), ...kGin] },
  { hash: '6677889900112233', type: '*errors.errorString', message: 'stock level below zero for sku 88-1204-B', day: 33, state: 'open', first: 22, last: 17, route: 'sync stock levels', task: true, users: 0, frames: [go('github.com/acme/shop/internal/stock.(*Ledger).Take', '/app/internal/stock/ledger.go', 73)] },
  { hash: '7788990011223344', type: '*errors.errorString', message: 'price list for region eu-west is older than 48 hours and the fallback list has no entry for 14 of 220 articles', day: 3, state: 'open', first: 5, last: 610, route: 'reindex products', task: true, users: 0, frames: [go('github.com/acme/shop/internal/price.(*List).Load', '/app/internal/price/list.go', 57)] },
  { hash: '8899001122334455', type: 'org.springframework.dao.DataIntegrityViolationException', message: 'could not execute statement [ERROR: duplicate key value violates unique constraint "uk_orders_number"]', day: 21, state: 'open', first: 44, last: 31, route: 'PUT /api/cart/items/:sku', users: 17, frames: [{ ...go('com.acme.orders.OrderService.place', 'OrderService.java', 118), module: 'com.acme.orders' }, { ...go('jdk.internal.reflect.DirectMethodHandleAccessor.invoke', 'DirectMethodHandleAccessor.java', 103, false), module: 'java.base' }, { ...go('org.springframework.aop.framework.ReflectiveMethodInvocation.proceed', 'ReflectiveMethodInvocation.java', 184, false), module: 'spring-aop' }] },
  { hash: '9900112233445566', type: '', message: 'Checkout took longer than 10 s, order kept for review', day: 48, state: 'open', first: 18, last: 8, route: 'POST /api/checkout', users: 40, frames: [] },
  { hash: 'aa00112233445566', type: 'ReferenceError', message: 'gtag is not defined', day: 61, state: 'open', first: 90, last: 12, route: '/', users: 58, frames: [js('track', 'src/lib/track.ts', 8, 3)] },
  { hash: 'bb00112233445566', type: 'PermissionError', message: "[Errno 13] Permission denied: '/var/lib/shop/export.csv'", day: 2, state: 'archived', first: 120, last: 300, route: 'app:reports:daily', task: true, users: 0, frames: [{ ...go('write', 'reports/export.py', 61), module: 'reports.export' }] },
  { hash: 'cc00112233445566', type: 'ECONNRESET', message: 'socket hang up', day: 190, state: 'archived', first: 200, last: 41, route: 'GET /api/search', users: 71, frames: [js('connResetException', 'node:internal/errors', 787, 14, false), js('Socket.socketOnEnd', 'node:_http_client', 519, 23, false)] },
];

const kVersions = ['v1.4.1', 'v1.4.0', 'v1.3.9'];
const kBrowsers = ['Chrome 131', 'Safari 18.2', 'Firefox 133', 'Edge 131'];

/** The id that `task_detail` understands, of a run of the fourth task. */
function task_id(at) {
  const hex = (value, digits) => Math.floor(value).toString(16).padStart(digits, '0').slice(-digits);
  return `7a5c0003-${hex(at % 65536, 4)}-4000-b000-${hex(at / 65536, 12)}`;
}

function is_down(share) {
  return share > 0.3 && share < 0.335;
}

/** How much of a day's events an instant has: new issues start, others come and go. */
function weight(issue, share, age_days) {
  if (age_days > issue.first || is_down(share)) return 0;
  if (issue.state === 'new') return 1 + Math.max(0, 6 - Math.abs(age_days - issue.first * 0.6) * 40);
  return 1;
}

function until_words(until) {
  if (until.nextVersion) return 'the next version';
  return until.events ? `${until.events} more events` : `${until.days} days have passed`;
}

function trend_of(issue, range, now, minutes) {
  const width = minutes * 60_000;
  const points = [];
  for (let at = Math.floor(range.from / width) * width; at < Math.min(range.to, now - issue.last * 60_000); at += width) {
    const next = random(at / 1000 + issue.day);
    const mean = (issue.day / kDay) * width * weight(issue, (at - range.from) / (range.to - range.from), (now - at) / kDay);
    const count = mean > 3 ? Math.round(mean * (0.5 + next())) : next() < mean / (1 + mean) ? 1 + Math.floor(next() * mean) : 0;
    if (count > 0) points.push({ timestamp: iso(at), count });
  }
  return points;
}

const width_of = (range) => [10, 20, 40, 60, 120, 240, 480, 1440, 4320].find((minutes) => (range.to - range.from) / 60_000 / minutes <= 40) ?? 4320;

export class Issues {
  /** What people did: hash -> archived until when. */
  archived = new Map(kIssues.filter((issue) => issue.state === 'archived').map((issue) => [issue.hash, { at: Date.now() - 9 * kDay, until: undefined }]));
  /** Issues that arrive while somebody looks. */
  arrived = [];
  /** Events on top of the invented ones, by hash. */
  extra = new Map();
  events_cache = new Map();

  get all() {
    return [...this.arrived, ...kIssues];
  }

  state_of(issue) {
    if (this.archived.has(issue.hash)) return 'archived';
    return issue.state === 'archived' ? 'open' : issue.state;
  }

  group(issue, range, now) {
    const minutes = width_of(range);
    const trend = trend_of(issue, range, now, minutes);
    const count = trend.reduce((sum, point) => sum + point.count, 0) + (this.extra.get(issue.hash) ?? 0);
    const culprit = issue.frames.find((frame) => frame.inApp) ?? issue.frames[0] ?? null;
    const put = this.archived.get(issue.hash);
    return {
      exceptionHash: issue.hash, stackTrace: this.stack(issue), count, type: issue.type, message: issue.message, culprit: culprit && { function: culprit.function.split('/').pop(), file: culprit.file, line: culprit.line, inApp: culprit.inApp },
      route: issue.route, users: Math.min(count, issue.users), state: this.state_of(issue), isMessage: issue.type === '', trend, lastSeen: iso(now - (this.extra.has(issue.hash) ? 0.02 : issue.last) * 60_000), firstSeen: iso(Math.max(range.from, now - issue.first * kDay)), ...(put ? { archivedAt: iso(put.at) } : {}),
    };
  }

  stack(issue) {
    if (issue.type === '') return issue.message;
    const lines = (frames) => frames.map((frame) => `${frame.function}\n\t${frame.file}:${frame.line}`).join('\n');
    return [`${issue.type}: ${issue.message}`, lines(issue.frames), ...(issue.causes ?? []).flatMap((cause) => [`caused by ${cause.type}: ${cause.message}`, lines(cause.frames)])].join('\n');
  }

  list(range, { state, search, searchType, filters = [], orderBy, pagination }) {
    const now = Date.now();
    const low = (text) => String(text).toLowerCase();
    const groups = this.all
      .filter((issue) => searchType !== 'messages' || issue.type === '')
      .filter((issue) => searchType !== 'issues' || issue.type !== '')
      .filter((issue) => low(this.stack(issue)).includes(low(search ?? '')))
      .filter((issue) => filters.every(({ key, value }) => this.fits(issue, key, value)))
      .map((issue) => this.group(issue, range, now))
      .filter((group) => group.count > 0);
    const in_state = (group, name) => name === 'all' || (name === 'open' ? group.state !== 'archived' : group.state === name);
    const counts = Object.fromEntries(['open', 'new', 'regressed', 'archived'].map((name) => [name, groups.filter((group) => in_state(group, name)).length]));
    const [field, sign] = orderBy.endsWith('_asc') ? [orderBy.slice(0, -4), 1] : [orderBy, -1];
    const value = (group) => ({ last_seen: Date.parse(group.lastSeen), first_seen: Date.parse(group.firstSeen), ever_first_seen: Date.parse(group.everFirstSeen ?? group.firstSeen), users: group.users })[field] ?? group.count;
    const rows = groups.filter((group) => in_state(group, state ?? 'open')).sort((a, b) => sign * (value(a) - value(b)) || (a.exceptionHash < b.exceptionHash ? -1 : 1));
    return { ...this.page(rows, pagination), counts, trendBucketMinutes: width_of(range) };
  }

  fits(issue, key, value) {
    if (key === 'type') return issue.type === value;
    if (key === 'message') return issue.message.toLowerCase().includes(value.toLowerCase());
    if (key === 'route') return issue.route === value;
    if (key === 'hash') return issue.hash === value;
    if (key === 'file' || key === 'function') return issue.frames.some((frame) => frame[key].toLowerCase().includes(value.toLowerCase()));
    const now = Date.now();
    return this.events(issue, { from: now - kDay, to: now }).some((event) => this.event_fits(event, key, value));
  }

  event_fits(event, key, value) {
    const own = { version: event.appVersion, server: event.serverName, route: event.spanName, message: event.message };
    return String(own[key] ?? event.attributes?.[key] ?? '') === value;
  }

  page(rows, { page, pageSize }) {
    return { data: rows.slice((page - 1) * pageSize, page * pageSize), pagination: { page, pageSize, total: rows.length, totalPages: Math.ceil(rows.length / pageSize) } };
  }

  /** Newest first; at most 400. */
  events(issue, range) {
    const now = Date.now();
    const count = Math.min(400, Math.ceil(issue.day * 2) + 1);
    const all = Array.from({ length: count }, (_, n) => {
      const next = random(n * 31 + issue.day);
      const at = Math.floor((now - issue.last * 60_000) / 60_000) * 60_000 - Math.round((n + (n > 0 ? next() * 0.8 : 0)) * (kDay / issue.day));
      const user = 4000 + Math.floor(next() * Math.max(1, issue.users));
      const browser = issue.route.startsWith('/');
      return {
        id: `${issue.hash.slice(0, 8)}-${String(n).padStart(4, '0')}-4000-8000-${issue.hash.slice(0, 12)}`, projectId: kProject,
        traceId: browser ? null : issue.task ? task_id(at) : request_id(issue.route, at), traceType: browser ? '' : issue.task ? 'task' : 'endpoint', exceptionHash: issue.hash, recordedAt: iso(at),
        attributes: {
          ...(issue.users > 0 ? { 'user.id': String(user), 'user.plan': user % 3 === 0 ? 'business' : 'free' } : {}),
          ...(browser ? { browser: kBrowsers[Math.floor(next() ** 2 * 4)], 'screen.width': 1440, url: `https://shop.example${issue.route}?sku=88-${1200 + (n % 14)}` } : { region: next() > 0.3 ? 'eu-central' : 'eu-west', 'process.runtime.version': 'go1.24.1', 'deployment.environment.name': 'production', 'order.id': `A-${70_000 + n}`, 'cart.items': 1 + (n % 7), 'payment.provider': n % 4 === 0 ? 'stripe' : 'adyen', 'feature.flags': ['fast-checkout', 'new-invoice'] }),
        },
        appVersion: kVersions[issue.first < 1 ? 0 : Math.floor(next() ** 3 * 3)], serverName: browser ? '' : `web-${1 + Math.floor(next() * 3)}`, isMessage: issue.type === '', spanName: browser ? '' : issue.route,
        type: issue.type, message: issue.message.replace(/88-1204-B/, `88-12${String(n % 14).padStart(2, '0')}-B`),
      };
    });
    return all.filter((event) => Date.parse(event.recordedAt) >= range.from && Date.parse(event.recordedAt) <= range.to);
  }

  full(issue, event) {
    return { ...event, stackTrace: this.stack(issue), frames: issue.frames, ...(issue.causes ? { causes: issue.causes } : {}) };
  }

  tags(events) {
    const keys = new Map();
    const add = (key, value, at) => {
      if (value === '' || value === undefined) return;
      const values = keys.get(key) ?? keys.set(key, new Map()).get(key);
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      const one = values.get(text) ?? { value: text, count: 0, lastSeen: at };
      values.set(text, { ...one, count: one.count + 1 });
    };
    for (const event of events) {
      add('version', event.appVersion, event.recordedAt);
      add('server', event.serverName, event.recordedAt);
      add('route', event.spanName, event.recordedAt);
      for (const [key, value] of Object.entries(event.attributes)) add(key, value, event.recordedAt);
    }
    return [...keys].map(([key, values]) => {
      const sorted = [...values.values()].sort((a, b) => b.count - a.count);
      return { key, distinct: sorted.length, values: sorted.slice(0, 10), share: sorted.reduce((sum, one) => sum + one.count, 0) / events.length };
    });
  }

  facts(issue, range) {
    const now = Date.now();
    const group = this.group(issue, range, now);
    const put = this.archived.get(issue.hash);
    const first = iso(now - issue.first * kDay);
    const activity = [
      ...(put ? [{ at: iso(put.at), kind: 'archived', by: 'Ana Petrović', ...(put.until ? { until: until_words(put.until) } : {}) }] : []),
      ...(issue.state === 'regressed' ? [{ at: iso(now - 2.4 * kDay), kind: 'regressed', version: 'v1.4.1' }, { at: iso(now - 20 * kDay), kind: 'archived', by: 'Ana Petrović', until: 'the next version' }] : []),
      { at: first, kind: 'first_seen', version: issue.first < 1 ? 'v1.4.1' : 'v1.2.0' },
    ];
    return {
      events: group.count, users: group.users, firstSeen: first, lastSeen: group.lastSeen, firstVersion: issue.first < 1 ? 'v1.4.1' : 'v1.2.0', lastVersion: 'v1.4.1', state: group.state, ...(put ? { archivedAt: iso(put.at) } : {}),
      trend: group.trend, trendBucketMinutes: width_of(range), tags: this.scaled(this.tags(this.events(issue, range)), group.count), activity,
    };
  }

  /** The tags of the listed events, as if counted over all. */
  scaled(tags, total) {
    return tags.map((tag) => {
      const listed = Math.max(1, tag.values.reduce((sum, one) => sum + one.count, 0) / Math.max(tag.share, 0.01));
      return { ...tag, values: tag.values.map((one) => ({ ...one, count: Math.round((one.count / listed) * total) })) };
    });
  }

  by_id(id) {
    const issue = this.all.find((one) => id.startsWith(`${one.hash.slice(0, 8)}-`));
    const all = issue ? this.events(issue, { from: 0, to: Date.now() }) : [];
    const at = all.findIndex((event) => event.id === id);
    if (at < 0) return /^[0-9a-f]{8}-/.test(id) ? [404, { error: 'Exception not found' }] : [400, { error: 'invalid exception id' }];
    return [200, { exception: this.full(issue, all[at]), older: all[at + 1]?.id ?? null, newer: all[at - 1]?.id ?? null, latest: all[0].id, oldest: all[all.length - 1].id, position: at + 1, total: all.length }];
  }

  /** Every route of issues: path below /exception-stack-traces. */
  answer(path, range, body) {
    const [, first = '', second = ''] = path.split('/');
    if (first === '') return [200, this.list(range, body)];
    if (first === 'archive' || first === 'unarchive') {
      if (!body.hashes?.length) return [400, { error: 'hashes array is required' }];
      for (const hash of body.hashes) {
        if (first === 'archive') this.archived.set(hash, { at: Date.now(), until: body.until });
        else this.archived.delete(hash);
      }
      return [200, { [`${first}d`]: body.hashes.length }];
    }
    if (first === 'by-id') return this.by_id(second);
    const issue = this.all.find((one) => one.hash === first);
    if (!issue) return [404, { error: 'Exception not found' }];
    if (second === 'facts') return [200, this.facts(issue, range)];
    if (second === 'events') {
      const events = this.events(issue, range).filter((event) => (body.filters ?? []).every(({ key, value }) => this.event_fits(event, key, value)));
      const minutes = width_of(range);
      const density = new Map();
      for (const event of events) {
        const at = Math.floor(Date.parse(event.recordedAt) / (minutes * 60_000)) * minutes * 60_000;
        density.set(at, (density.get(at) ?? 0) + 1);
      }
      if (body.sortDirection === 'asc') events.reverse();
      const differences = this.tags(events).filter((tag) => tag.distinct > 1).map(({ key, distinct }) => ({ key, distinct }));
      return [200, { ...this.page(events, body.pagination), differences, density: [...density].map(([at, count]) => ({ timestamp: iso(at), count })), densityBucketMinutes: minutes }];
    }
    const now = Date.now();
    const all = this.events(issue, { from: 0, to: now });
    const { data, pagination } = this.page(all, body.pagination);
    return [200, { group: this.group(issue, { from: now - 90 * kDay, to: now }, now), occurrences: data.map((event) => this.full(issue, event)), pagination }];
  }

  /** A new issue, and more of an old one, as if they had just been reported. */
  arrive() {
    this.arrived.unshift({ hash: 'dd00112233445566', type: 'RangeError', message: 'Invalid time value', day: 400, state: 'new', first: 0.05, last: 0.01, route: 'GET /api/orders', users: 3, frames: [js('toISOString', 'src/lib/dates.ts', 12, 9)] });
    this.extra.set('7788990011223344', 5000);
  }
}
