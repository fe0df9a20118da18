// A server with invented but realistic data: for work on the dashboard alone and for its browser tests.
//   node tests/dev-server.mjs [port] [dist dir]
// Serves dist under the content policy of the real server, and the part of the API that the pages use.
import { createServer } from 'node:http';
import { readFileSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chart, detail, groups, requests } from './dev-data.mjs';
import { arrivals, overview, task_chart, task_detail, task_groups, task_runs } from './dev-overview.mjs';

const kTypes = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const kPolicy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'self'";

function project(id, name, framework) {
  return { id, name, framework, token: '0f3c9b1e7a2d4c5f8e6b1a9d3c7f2e40', organizationId: 1, createdAt: '2026-01-02T10:00:00Z', backendUrl: '', role: 'owner' };
}

export function start({ port = 0, dist = fileURLToPath(new URL('../dist', import.meta.url)), accounts = true, base = '' } = {}) {
  const state = {
    accounts,
    projects: [
      project('11111111-1111-4111-8111-111111111111', 'shop-api', 'gin'),
      project('22222222-2222-4222-8222-222222222222', 'billing', 'opentelemetry'),
    ],
    // The second project is empty until the test says otherwise.
    filled: new Set(['11111111-1111-4111-8111-111111111111']),
    /** Samples that the connection guide sent, whose reports the server holds back or refuses. */
    samples: 0,
    refuse: null,
    calm: false,
  };
  const user = { id: 1, email: 'ana@example.com', name: 'Ana Petrović', createdAt: '2026-01-02T10:00:00Z' };
  const organizations = [{ id: 1, name: 'Acme', role: 'owner', timezone: 'Europe/Belgrade' }];
  const bundle = () => ({ token: 'dev-token', user, projects: state.projects, organizations });

  function page_of(rows, { page, pageSize }) {
    const total = rows.length;
    return { data: rows.slice((page - 1) * pageSize, page * pageSize), pagination: { page, pageSize, total, totalPages: Math.ceil(total / pageSize) } };
  }

  function api(method, path, query, body) {
    if (path === '/has-organizations') return [200, { hasOrganizations: state.accounts }];
    if (path === '/login') return body.password === 'wrong-password' ? [401, { error: 'Invalid email or password' }] : [200, bundle()];
    if (path === '/register') {
      if (!/^[\w -]{1,100}$/.test(body.projectName ?? '')) return [400, { error: 'Project name must be between 1 and 100 characters' }];
      state.accounts = true;
      state.projects = [project('33333333-3333-4333-8333-333333333333', body.projectName, body.framework)];
      return [201, { ...bundle(), project: state.projects[0] }];
    }
    if (path === '/projects' && method === 'GET') return [200, state.projects];
    if (path === '/projects') {
      if (!body.name) return [422, { error: 'Project name must be between 1 and 100 characters' }];
      const made = project(crypto.randomUUID(), body.name, body.framework);
      state.projects.push(made);
      return [201, made];
    }
    const known = state.filled.has(query.get('projectId'));
    const range = { from: Date.parse(body.fromDate), to: Date.parse(body.toDate) };
    if (path === '/endpoints/grouped') return [200, page_of(known ? groups(range, body) : [], body.pagination)];
    if (path === '/endpoints/chart') return [200, known ? chart(range, body) : { endpoints: [], series: [] }];
    if (path === '/endpoints/endpoint') {
      const { rows, stats } = requests(range, known ? query.get('endpoint') : '', body);
      return [200, { ...page_of(rows, body.pagination), stats }];
    }
    const found = /^\/endpoints\/([^/]+)$/.exec(path);
    if (found) return /^[0-9a-f]{8}-/.test(found[1]) ? detail(found[1]) : [400, { error: 'invalid endpointId' }];
    if (path === '/dashboard/overview') {
      const asked = { from: Date.parse(query.get('fromDate')), to: Date.parse(query.get('toDate')) };
      return [200, overview(asked, known || state.samples > 0, state.calm)];
    }
    if (path === '/connection/status') return [200, arrivals(known, state.samples)];
    if (path === '/tasks/grouped') return [200, page_of(known ? task_groups(range, body) : [], body.pagination)];
    if (path === '/tasks/chart') return [200, known ? task_chart(range, body) : { tasks: [], series: [] }];
    if (path === '/tasks/task') {
      const { rows, stats } = task_runs(range, known ? query.get('task') : '', body);
      return [200, { ...page_of(rows, body.pagination), stats }];
    }
    const task = /^\/tasks\/([^/]+)$/.exec(path);
    if (task) return /^[0-9a-f]{8}-/.test(task[1]) ? task_detail(task[1]) : [400, { error: 'invalid taskId' }];
    return [404, { error: 'Not found' }];
  }

  /** The one ingest route: what the connection guide sends, with the token of a project. */
  function traces(authorization, body) {
    if (!state.projects.some((one) => authorization === `Bearer ${one.token}`)) return [401, { code: 16, message: 'unknown token' }];
    if (state.refuse) return state.refuse;
    const [span] = body.resourceSpans[0].scopeSpans[0].spans;
    if (!/^[0-9a-f]{32}$/.test(span.traceId) || !/^\d{19}$/.test(span.endTimeUnixNano)) return [400, { code: 3, message: 'not a span' }];
    state.samples += 1;
    return [200, {}];
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (!url.pathname.startsWith(`${base}/`)) return void response.writeHead(404).end();
    url.pathname = url.pathname.slice(base.length);
    response.setHeader('Content-Security-Policy', kPolicy);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (url.pathname.startsWith('/api/')) {
      let text = '';
      for await (const piece of request) text += piece;
      const path = decodeURIComponent(url.pathname.slice(4));
      const open = ['/login', '/register', '/has-organizations'].includes(path);
      const [status, answer] = path === '/otel/v1/traces' ? traces(request.headers.authorization, JSON.parse(text)) : !open && request.headers.authorization !== 'Bearer dev-token' ? [401, null] : api(request.method, path, url.searchParams, text ? JSON.parse(text) : {});
      response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'X-Trace-Id': 'dev0000000000001' });
      response.end(answer === null ? '' : JSON.stringify(answer));
      return;
    }
    let file = join(dist, normalize(url.pathname));
    if (!file.startsWith(dist) || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      if (url.pathname.startsWith('/assets/')) return void response.writeHead(404).end();
      file = join(dist, 'index.html');
    }
    if (url.pathname.startsWith('/assets/')) response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
    response.writeHead(200, { 'Content-Type': kTypes[extname(file)] ?? 'application/octet-stream' });
    const bytes = readFileSync(file);
    response.end(file.endsWith('.html') ? bytes.toString().replace('<base href="/"', `<base href="${base}/"`) : bytes);
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve({ server, state, url: `http://127.0.0.1:${server.address().port}${base}` })));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await start({ port: Number(process.argv[2] ?? 8082), ...(process.argv[3] ? { dist: process.argv[3] } : {}) });
  console.log(url);
}
