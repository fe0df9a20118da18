// Invented issues, in the shape of the server's answers.
const kHour = 3_600_000;
const iso = (ms) => new Date(ms).toISOString();

// type, message, count, state, hours since the last event
const kIssues = [
  ['TypeError', "Cannot read properties of undefined (reading 'id')", 1204, 'new', 0.1],
  ['*pgconn.PgError', 'canceling statement due to statement timeout (SQLSTATE 57014)', 406, 'regressed', 0.4],
  ['java.lang.IllegalStateException', 'Payment provider answered 502 for order 88-1204-B after three attempts, giving up and releasing the reserved stock', 85, 'open', 1.2],
  ['', 'Disk almost full on /var/lib/orders', 12, 'open', 3],
  ['ZeroDivisionError', 'division by zero', 3, 'archived', 20],
];

function group_of([type, message, count, state, age], index) {
  const now = Date.now();
  const trend = [];
  for (let hour = 23; hour >= Math.floor(age); hour -= 1) if ((hour * (index + 3)) % 5 !== 0) trend.push({ timestamp: iso(Math.floor((now - hour * kHour) / kHour) * kHour), count: Math.ceil((count / 40) * (1 + ((hour * 7) % 5))) });
  return {
    exceptionHash: `${index}00000000000000a`.slice(0, 16), stackTrace: `${type}: ${message}`, lastSeen: iso(now - age * kHour), firstSeen: iso(now - (age + 40) * kHour), count, type, message, state, isMessage: type === '', ...(state === 'archived' ? { archivedAt: iso(now) } : {}), hourlyTrend: trend,
  };
}

export class Issues {
  rows = kIssues.map(group_of);

  list({ state, search, orderBy, pagination: { page, pageSize } }) {
    const found = this.rows.filter((row) => `${row.type}: ${row.message}`.toLowerCase().includes((search ?? '').toLowerCase()));
    const in_state = (row, name) => (name === 'open' ? row.state !== 'archived' : row.state === name);
    const counts = Object.fromEntries(['open', 'new', 'regressed', 'archived'].map((name) => [name, found.filter((row) => in_state(row, name)).length]));
    const [field, sign] = orderBy.endsWith('_asc') ? [orderBy.slice(0, -4), 1] : [orderBy, -1];
    const value = (row) => (field === 'count' ? row.count : Date.parse(field === 'first_seen' ? row.firstSeen : row.lastSeen));
    const rows = found.filter((row) => in_state(row, state)).sort((a, b) => sign * (value(a) - value(b)));
    return { data: rows.slice((page - 1) * pageSize, page * pageSize), pagination: { page, pageSize, total: rows.length, totalPages: Math.ceil(rows.length / pageSize) }, counts };
  }

  detail(hash, { pagination: { page, pageSize } }) {
    const group = this.rows.find((row) => row.exceptionHash === hash);
    if (!group) return [404, { error: 'Exception not found' }];
    const stackTrace = group.isMessage ? group.message : `${group.type}: ${group.message}\n    at total (/app/src/cart.js:42:18)\n    at checkout (/app/src/routes/checkout.js:110:9)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`;
    const event = { id: `0000000${page}-0000-4000-8000-000000000000`, traceId: '7a5c0003-0001-4000-8000-000000000001', traceType: 'endpoint', spanName: 'POST /api/checkout', exceptionHash: hash, stackTrace, recordedAt: iso(Date.parse(group.lastSeen) - (page - 1) * 61_000), attributes: { 'user.id': `u-${page}`, 'order.total': '129.90', region: 'eu-central' }, appVersion: 'v1.4.1', serverName: 'api-3', isMessage: group.isMessage };
    return [200, { group, occurrences: page <= group.count ? [event] : [], pagination: { page, pageSize, total: group.count, totalPages: group.count } }];
  }

  change(what, hashes) {
    for (const row of this.rows) if (hashes.includes(row.exceptionHash)) row.state = what === 'archive' ? 'archived' : 'open';
    return { [`${what}d`]: hashes.length };
  }
}
