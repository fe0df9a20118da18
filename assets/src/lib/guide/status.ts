/** What has arrived of a project, as GET /connection/status tells it. */

export type Kind = 'request' | 'error' | 'task' | 'span' | 'metric' | 'log' | 'session';

export interface Arrival {
  kind: Kind;
  firstAt: string | null;
  lastAt: string | null;
  count: number;
}

export interface Rejection {
  at: string;
  status: number;
  route: string;
  reason: string;
}

export interface ConnectionStatus {
  kinds: Arrival[];
  rejections: Rejection[];
}

/** Order and words of the check list. */
export const kChecks: readonly [Kind, string][] = [
  ['request', 'First request'],
  ['error', 'First error'],
  ['span', 'First span'],
  ['task', 'First task'],
  ['metric', 'First metric'],
  ['log', 'First log line'],
  ['session', 'First session'],
];

export function total(status: ConnectionStatus | null): number {
  return (status?.kinds ?? []).reduce((sum, kind) => sum + kind.count, 0);
}
