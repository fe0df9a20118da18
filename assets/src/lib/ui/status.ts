/** Outcomes and impact as shape, word and colour. */
import type { RunRow } from '../types';

export type Shape = 'critical' | 'high' | 'medium' | 'healthy' | 'info';

export interface State {
  shape: Shape;
  word: string;
  /** Token of the colour for the word. */
  color: string;
}

const kReasons: Record<number, string> = {
  200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content', 206: 'Partial', 301: 'Moved', 302: 'Found', 303: 'See Other',
  304: 'Not Modified', 307: 'Redirect', 308: 'Redirect', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden',
  404: 'Not Found', 405: 'Not Allowed', 408: 'Timeout', 409: 'Conflict', 410: 'Gone', 413: 'Too Large', 415: 'Unsupported',
  422: 'Invalid', 429: 'Too Many', 499: 'Closed', 500: 'Server Error', 501: 'Not Implemented', 502: 'Bad Gateway',
  503: 'Unavailable', 504: 'Gateway Timeout',
};

export function http_state(code: number): State {
  const word = code > 0 ? `${code}${kReasons[code] ? ` ${kReasons[code]}` : ''}` : 'No status';
  if (code >= 500) return { shape: 'critical', word, color: 'var(--danger)' };
  if (code >= 400) return { shape: 'high', word, color: 'var(--warn)' };
  if (code >= 300) return { shape: 'info', word, color: 'var(--info)' };
  return { shape: 'healthy', word, color: 'var(--ink-2)' };
}

/** How a request or the run of a task ended. */
export function run_state(run: Pick<RunRow, 'statusCode' | 'failed'>): State {
  if (run.statusCode !== undefined) return http_state(run.statusCode);
  if (run.failed === undefined) return { shape: 'healthy', word: 'Ended', color: 'var(--ink-2)' };
  return run.failed ? { shape: 'critical', word: 'Failed', color: 'var(--danger)' } : { shape: 'healthy', word: 'OK', color: 'var(--ink-2)' };
}

export function impact_state(score: number): State {
  if (score >= 0.75) return { shape: 'critical', word: 'Critical', color: 'var(--danger)' };
  if (score >= 0.5) return { shape: 'high', word: 'High', color: 'var(--warn)' };
  if (score >= 0.25) return { shape: 'medium', word: 'Medium', color: 'var(--warn)' };
  return { shape: 'healthy', word: 'Healthy', color: 'var(--ink-3)' };
}
