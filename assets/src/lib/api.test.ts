import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { api, ApiError } from './api';
import { session } from './session.svelte';
import type { LoginResponse } from './types';

const bundle: LoginResponse = {
  token: 'secret',
  user: { id: 1, email: 'a@example.com', name: 'A', createdAt: '' },
  projects: [{ id: 'p 1', name: 'shop', token: '', framework: 'gin', organizationId: 1, createdAt: '', backendUrl: '' }],
  organizations: null,
};

function answer(status: number, body: unknown, headers: Record<string, string> = {}): ReturnType<typeof vi.fn> {
  const text = body === null ? '' : JSON.stringify(body);
  const fetcher = vi.fn(() => Promise.resolve(new Response(text, { status, headers })));
  vi.stubGlobal('fetch', fetcher);
  return fetcher;
}

async function failure(call: Promise<unknown>): Promise<ApiError> {
  return call.then(
    () => expect.unreachable() as never,
    (error: ApiError) => error,
  );
}

beforeEach(() => session.signed_in(bundle));
afterEach(() => {
  session.signed_out();
  vi.unstubAllGlobals();
});

it('api: a call carries the token and names the project in the query', async () => {
  const fetcher = answer(200, { ok: true });
  expect(await api.post('/endpoints/endpoint', { a: 1 }, { query: { endpoint: 'GET /x?' } })).toEqual({ ok: true });
  const [url, init] = fetcher.mock.calls[0] as [string, RequestInit];
  expect(url).toBe('/api/endpoints/endpoint?endpoint=GET+%2Fx%3F&projectId=p+1');
  expect(init.headers).toMatchObject({ Authorization: 'Bearer secret' });
  expect(init.body).toBe('{"a":1}');
});

it('api: a GET has no body and an unscoped call no project', async () => {
  const fetcher = answer(200, []);
  await api.get('/projects', { scoped: false });
  const [url, init] = fetcher.mock.calls[0] as [string, RequestInit];
  expect([url, init.body]).toEqual(['/api/projects', undefined]);
});

it('api: a lost session is cleared and leads to the sign-in page with the way back', async () => {
  history.replaceState(null, '', '/endpoints?preset=3h');
  answer(401, null);
  expect((await failure(api.get('/projects'))).status).toBe(401);
  expect(session.token).toBeNull();
  expect(localStorage.getItem('traceway_token')).toBeNull();
  expect(location.pathname + location.search).toBe(`/login?next=${encodeURIComponent('/endpoints?preset=3h')}`);
});

it('api: a failed sign-in is an answer, not a lost session', async () => {
  answer(401, { error: 'Invalid email or password' });
  const error = await failure(api.post('/login', {}, { keep_session: true }));
  expect([error.message, session.token]).toEqual(['Invalid email or password', 'secret']);
});

it('api: an error carries the text, the request id and the time to wait', async () => {
  answer(429, { error: 'Slow down', requestId: 'abc' }, { 'Retry-After': '30' });
  expect(await failure(api.get('/projects'))).toMatchObject({ message: 'Slow down', request_id: 'abc', retry_after_s: 30, passing: true });
});

it('api: an error without a body still reads as a sentence', async () => {
  answer(403, null, { 'X-Trace-Id': 'ff' });
  expect(await failure(api.get('/projects'))).toMatchObject({ message: 'You do not have permission for this.', request_id: 'ff', passing: false });
});

it('api: no answer at all is a failure that may pass', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
  expect(await failure(api.get('/projects'))).toMatchObject({ status: 0, passing: true });
});
