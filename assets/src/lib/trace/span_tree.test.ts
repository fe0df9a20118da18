import { describe, expect, it } from 'vitest';
import type { SpanRow, TraceRoot } from '../types';
import { build_lines, ticks, with_ancestors } from './rows';
import { build_trace, ns_since, plain_id, self_segments } from './span_tree';

const kStart = Date.parse('2026-02-03T10:00:00.000Z');
const kMs = 1e6;

function id(n: number): string {
  return `00000000-0000-0000-0000-${n.toString(16).padStart(12, '0')}`;
}

function request(duration_ms = 100): TraceRoot {
  return {
    id: 'e', projectId: 'p', name: 'GET /', duration: duration_ms * kMs, recordedAt: new Date(kStart).toISOString(),
    statusCode: 200, bodySize: 0, clientIP: '', attributes: null, appVersion: '', serverName: '',
    spanId: '0000000000000001', rootSpan: { serviceName: 'web' },
  };
}

function span(n: number, parent: number, from_ms: number, length_ms: number, more: Partial<SpanRow> = {}): SpanRow {
  return {
    id: id(n), traceId: 'e', name: `span ${n}`, startTime: new Date(kStart + from_ms).toISOString(),
    duration: length_ms * kMs, recordedAt: '', parentSpanId: id(parent), serviceName: 'web', ...more,
  };
}

const everything = { closed: new Set<number>(), open_folds: new Set<string>(), only: null };

describe('span tree', () => {
  it('ids are equal whether padded or not', () => {
    expect(plain_id('00000000-0000-0000-00F0-67AA0BA902B7')).toBe('00f067aa0ba902b7');
    expect(plain_id('00f067aa0ba902b7')).toBe('00f067aa0ba902b7');
    expect(plain_id(undefined)).toBe('');
  });

  it('a start keeps its nanoseconds', () => {
    expect(ns_since('2026-02-03T10:00:00.000000001Z', kStart)).toBe(1);
    expect(ns_since('2026-02-03T10:00:01.0205Z', kStart)).toBe(1_020_500_000);
    expect(ns_since('2026-02-03T09:59:59Z', kStart)).toBe(-1e9);
  });

  it.each([
    ['SELECT 1', 1, {}, 'db'],
    ['GET', 3, { 'db.system': 'redis' }, 'cache'],
    ['query', 3, { 'http.route': '/', 'db.system.name': 'postgresql' }, 'db'],
    ['GET /quotes', 2, { 'http.route': '/quotes' }, 'app'],
    ['GET /quotes', 3, null, 'http'],
    ['chat', 3, { 'gen_ai.system': 'x', 'http.url': 'y' }, 'ai'],
    ['publish', 4, {}, 'queue'],
    ['render cart.html', 1, null, 'template'],
    ['work', 0, null, 'app'],
  ] as const)('%s of kind %d with %j is %s', (name, kind, attributes, group) => {
    const trace = build_trace(request(), [span(2, 1, 0, 1, { name, kind, attributes })]);
    expect(trace.nodes[1]!.group).toBe(group);
  });

  it('children hang under their parents in order of start', () => {
    const trace = build_trace(request(), [span(3, 2, 20, 5), span(4, 2, 10, 5), span(2, 1, 5, 50)]);
    expect(trace.order.map((at) => trace.nodes[at]!.name)).toEqual(['GET /', 'span 2', 'span 4', 'span 3']);
    expect(trace.nodes.map((node) => node.depth)).toEqual([0, 2, 2, 1]);
    expect(trace.nodes[0]!.descendants).toBe(3);
    expect(trace.orphans).toBe(0);
  });

  it('a span whose parent is missing hangs under the request and is counted', () => {
    const trace = build_trace(request(), [span(2, 99, 5, 10), span(3, 2, 6, 2)]);
    expect(trace.orphans).toBe(1);
    expect(trace.nodes[1]!.parent).toBe(0);
    expect(trace.nodes[2]!.depth).toBe(2);
  });

  it('cycles are cut once and nothing is lost', () => {
    const trace = build_trace(request(), [span(2, 4, 1, 5), span(3, 2, 1, 5), span(4, 3, 1, 5), span(5, 5, 1, 5)]);
    expect(trace.cycles).toBe(1);
    expect(trace.order).toHaveLength(5);
  });

  it('self time leaves out what children cover, counting overlaps once', () => {
    const trace = build_trace(request(), [span(2, 1, 10, 40), span(3, 1, 30, 40), span(4, 1, 90, 40)]);
    expect(trace.nodes[0]!.self).toBe(30 * kMs);
    expect(self_segments(trace, trace.nodes[0]!)).toEqual([[0, 10 * kMs], [70 * kMs, 90 * kMs]]);
  });

  it('a child before its parent on another machine is moved inside it, with its own children', () => {
    const rows = [
      span(2, 1, 20, 60),
      span(3, 2, -500, 20, { serviceName: 'billing' }),
      span(4, 3, -495, 5, { serviceName: 'billing' }),
    ];
    const trace = build_trace(request(), rows);
    expect(trace.skewed).toBe(1);
    expect(trace.nodes[2]!.start).toBe(40 * kMs);
    expect(trace.nodes[3]!.start).toBe(45 * kMs);
  });

  it('a child before its parent on the same machine stays where it is', () => {
    const trace = build_trace(request(), [span(2, 1, -10, 20)]);
    expect(trace.skewed).toBe(0);
    expect(trace.nodes[1]!.start).toBe(0);
    expect(trace.nodes[0]!.start).toBe(10 * kMs);
    expect(trace.length).toBe(110 * kMs);
  });

  it('the critical path is the chain that ended last', () => {
    const trace = build_trace(request(), [span(2, 1, 0, 30), span(3, 1, 10, 80), span(4, 3, 15, 60), span(5, 1, 2, 5)]);
    expect(trace.nodes.map((node) => node.critical)).toEqual([true, false, true, true, true]);
  });

  it('an error of the request or of a span is counted', () => {
    expect(build_trace({ ...request(), statusCode: 503 }, [span(2, 1, 0, 1, { statusCode: 2 })]).errors).toBe(2);
    expect(build_trace({ ...request(), failed: true }, []).errors).toBe(1);
  });

  it('four times the spans cost about four times the work, not sixteen', () => {
    const best_of = (count: number): number => {
      const rows = Array.from({ length: count }, (_, n) => span(n + 2, 1 + Math.floor(n / 3), n / 1000, 50));
      let best = Infinity;
      for (let round = 0; round < 8; round += 1) {
        const before = performance.now();
        const trace = build_trace(request(), rows);
        best = Math.min(best, performance.now() - before);
        expect(trace.order).toHaveLength(count + 1);
      }
      return best;
    };
    best_of(5_000); // warms up
    expect(best_of(20_000) / best_of(5_000)).toBeLessThan(12);
  });

  it('a chain of 20,000 spans does not overflow the stack', () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => span(n + 2, n + 1, 0, 50));
    const trace = build_trace(request(), rows);
    expect(trace.nodes[20_000]!.depth).toBe(20_000);
    expect(build_lines(trace, everything)).toHaveLength(20_001);
  });
});

describe('waterfall rows', () => {
  const many = Array.from({ length: 8 }, (_, n) => span(n + 10, 1, 10 + n, 1, { name: 'ping' }));

  it('five siblings of one name fold into one row, four do not', () => {
    const folded = build_lines(build_trace(request(), many), everything);
    expect(folded.map((line) => line.type)).toEqual(['span', 'fold']);
    expect(build_lines(build_trace(request(), many.slice(0, 4)), everything)).toHaveLength(5);
  });

  it('an opened fold shows its spans with position and size', () => {
    const trace = build_trace(request(), many);
    const lines = build_lines(trace, { ...everything, open_folds: new Set(['f1']) });
    expect(lines).toHaveLength(10);
    expect(lines[9]).toMatchObject({ position: 8, siblings: 8, depth: 2, fold: 'f1' });
  });

  it('a closed subtree is left out', () => {
    const trace = build_trace(request(), [span(2, 1, 0, 10), span(3, 2, 0, 5)]);
    expect(build_lines(trace, { ...everything, closed: new Set([1]) })).toHaveLength(2);
  });

  it('a filter keeps the way to what it found', () => {
    const trace = build_trace(request(), [span(2, 1, 0, 10), span(3, 2, 0, 5), span(4, 1, 20, 5)]);
    const only = with_ancestors(trace, (node) => node.name === 'span 3');
    expect(build_lines(trace, { ...everything, only }).map((line) => line.key)).toEqual(['s0', 's1', 's2']);
  });

  it.each([[0, 2.45e9], [0, 1], [690e6, 720e6], [0, 3.6e12]])('the axis from %d to %d has round ticks', (from, to) => {
    const found = ticks(from, to);
    expect(found.length).toBeGreaterThanOrEqual(4);
    expect(found.length).toBeLessThanOrEqual(8);
    for (const tick of found) expect(tick.at).toBeGreaterThanOrEqual(from - 1e-6);
  });
});
