/** The one way to the server: typed calls under /api, errors as values of one class, a lost session handled once. */
import { base_path, router } from './router.svelte';
import { session } from './session.svelte';

export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 when the server could not be reached. */
    readonly status: number,
    message: string,
    readonly request_id: string | null,
    readonly retry_after_s: number | null,
  ) {
    super(message);
  }

  /** Worth trying again without anybody changing anything. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Adds the current project to the query. */
  scoped?: boolean;
  query?: Record<string, string>;
  /** A failed sign-in answers 401 too; there it is an answer, not a lost session. */
  keep_session?: boolean;
}

const kTexts: Record<number, string> = {
  0: 'The server could not be reached.',
  400: 'The server did not accept the request.',
  403: 'You do not have permission for this.',
  404: 'Not found.',
  429: 'The server is busy.',
  503: 'The server is not ready yet.',
};

function url_of(path: string, options: CallOptions): string {
  const query = new URLSearchParams(options.query);
  if (options.scoped !== false && session.project) query.set('projectId', session.project.id);
  const text = query.toString();
  return `${base_path}/api${path}${text === '' ? '' : `?${text}`}`;
}

async function error_of(response: Response): Promise<ApiError> {
  let message = kTexts[response.status] ?? `The server answered ${response.status}.`;
  let request_id = response.headers.get('X-Trace-Id');
  try {
    const body = (await response.json()) as { error?: unknown; requestId?: unknown };
    if (typeof body.error === 'string' && body.error !== '') message = body.error;
    if (typeof body.requestId === 'string') request_id = body.requestId;
  } catch {
    // Some refusals have an empty body; the status says enough.
  }
  const wait = Number(response.headers.get('Retry-After'));
  return new ApiError(response.status, message, request_id, wait > 0 ? wait : null);
}

function leave_for_login(): void {
  if (session.token === null) return;
  session.signed_out();
  const next = location.pathname + location.search;
  router.go(`${base_path}/login?next=${encodeURIComponent(next)}`, 'replace');
}

async function call<T>(method: string, path: string, body: unknown, options: CallOptions): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (session.token !== null) headers['Authorization'] = `Bearer ${session.token}`;
  const init: RequestInit = { method, headers };
  if (options.signal) init.signal = options.signal;
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(url_of(path, options), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, kTexts[0] ?? '', null, null);
  }
  if (!response.ok) {
    const error = await error_of(response);
    if (error.status === 401 && !options.keep_session) leave_for_login();
    throw error;
  }
  return (await response.json()) as T;
}

export const api = {
  get: <T>(path: string, options: CallOptions = {}): Promise<T> => call<T>('GET', path, undefined, options),
  post: <T>(path: string, body: object = {}, options: CallOptions = {}): Promise<T> =>
    call<T>('POST', path, body, options),
};
