/** The page of the request or the run of a task in which an event happened; null when it is not known. */
import type { EventRow } from './types';

export function run_path({ traceId, traceType, spanName }: EventRow): string | null {
  if (traceId === null || !spanName || (traceType !== 'endpoint' && traceType !== 'task')) return null;
  return `/${traceType}s/${encodeURIComponent(spanName)}/${traceId}`;
}
