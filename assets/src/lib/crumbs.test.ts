import { describe, expect, it } from 'vitest';
import { crumbs_of } from './crumbs';

const pages = [
  { path: '/', title: 'Overview' },
  { path: '/endpoints', title: 'Endpoints' },
  { path: '/endpoints/:endpoint', title: 'Endpoint' },
  { path: '/endpoints/:endpoint/:id', title: 'Request' },
  { path: '/settings/members', title: 'Members' },
];

describe('crumbs', () => {
  it('lead from the list to the page, which is no link to itself', () => {
    const params = { endpoint: 'GET /a b', id: '4bf92f35-77b3-4da6-a3ce-929d0e0e4736' };
    expect(crumbs_of(pages, pages[3]!, params)).toEqual([
      { label: 'Endpoints', path: '/endpoints' },
      { label: 'GET /a b', path: '/endpoints/GET%20%2Fa%20b' },
      { label: '4bf92f35', path: null },
    ]);
  });

  it('leave out what is no page', () => {
    expect(crumbs_of(pages, pages[0]!, {})).toEqual([{ label: 'Overview', path: null }]);
    expect(crumbs_of(pages, pages[4]!, {})).toEqual([{ label: 'Members', path: null }]);
  });
});
