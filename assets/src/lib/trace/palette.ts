/** What the colour of a bar means: the service when there are several, the kind of work when there is one. */
import { assign_colors, color_token } from '../colors';
import type { Group, Trace, TraceNode } from './span_tree';

const kGroups: Record<Group, { label: string; token: string }> = {
  app: { label: 'app', token: '--chart-1' },
  db: { label: 'database', token: '--chart-3' },
  http: { label: 'http', token: '--chart-5' },
  cache: { label: 'cache', token: '--chart-2' },
  queue: { label: 'queue', token: '--chart-6' },
  template: { label: 'template', token: '--chart-4' },
  ai: { label: 'AI', token: '--violet' },
};

export interface Share {
  label: string;
  token: string;
  self: number;
  /** Of the sum of all self times, 0 to 1. */
  share: number;
}

export interface Palette {
  by: 'service' | 'kind';
  token_of: (node: TraceNode) => string;
  label_of: (node: TraceNode) => string;
  shares: Share[];
}

export function make_palette(trace: Trace, project: string): Palette {
  const by_service = trace.services.length > 1;
  const colors = by_service ? assign_colors(project, trace.services.slice(0, 6)) : new Map<string, number>();
  const token_of = (node: TraceNode): string =>
    by_service ? color_token(colors.get(node.service)) : kGroups[node.group].token;
  const label_of = (node: TraceNode): string => (by_service ? node.service || 'unnamed' : kGroups[node.group].label);
  const sums = new Map<string, Share>();
  let total = 0;
  for (const node of trace.nodes) {
    const label = label_of(node);
    const sum = sums.get(label) ?? { label, token: token_of(node), self: 0, share: 0 };
    sum.self += node.self;
    total += node.self;
    sums.set(label, sum);
  }
  const shares = [...sums.values()].sort((a, b) => b.self - a.self);
  for (const share of shares) share.share = total > 0 ? share.self / total : 0;
  return { by: by_service ? 'service' : 'kind', token_of, label_of, shares };
}
