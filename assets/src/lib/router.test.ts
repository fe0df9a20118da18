import { describe, expect, it } from 'vitest';
import { match_route, router, safe_next } from './router.svelte';

const routes = [
  { path: '/' },
  { path: '/issues/:hash/events' },
  { path: '/issues/:hash/:event' },
  { path: '/endpoints' },
  { path: '/endpoints/:endpoint' },
  { path: '/endpoints/:endpoint/:id' },
];

describe('router', () => {
  it('a reserved segment wins over an id when it is listed first', () => {
    expect(match_route(routes, '/issues/ab/events')?.route.path).toBe('/issues/:hash/events');
    expect(match_route(routes, '/issues/ab/cd')?.route.path).toBe('/issues/:hash/:event');
  });

  it('a route name with slashes travels as one encoded segment', () => {
    const name = 'GET /api/users/:id';
    const found = match_route(routes, `/endpoints/${encodeURIComponent(name)}/7`);
    expect(found?.params).toEqual({ endpoint: name, id: '7' });
  });

  it('a slash at the end changes nothing and unknown paths match nothing', () => {
    expect(match_route(routes, '/endpoints/')?.route.path).toBe('/endpoints');
    expect(match_route(routes, '/nowhere')).toBeNull();
  });

  it('a broken percent sign is taken as it stands', () => {
    expect(match_route(routes, '/endpoints/100%')?.params['endpoint']).toBe('100%');
  });

  it.each(['//evil.example', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)', null])(
    'next=%s never leaves the dashboard',
    (next) => expect(safe_next(next)).toBe('/'),
  );

  it('next= keeps path and query of our own pages', () => {
    expect(safe_next('/endpoints?preset=3h')).toBe('/endpoints?preset=3h');
  });

  it('a list of values repeats its parameter, and replaces what was there', () => {
    history.replaceState(null, '', '/issues?attr=old&search=x');
    dispatchEvent(new PopStateEvent('popstate'));
    const query = new URL(router.with({ attr: ['a=1', '', 'b=2'], search: null }), 'http://x').searchParams;
    expect([query.getAll('attr'), query.has('search')]).toEqual([['a=1', 'b=2'], false]);
    expect(router.with({ attr: [] })).not.toContain('attr');
  });
});
