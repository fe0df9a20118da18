import { createRawSnippet, flushSync, mount, unmount, type Component } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';
import { ApiError } from '../src/lib/api';
import { Sort } from '../src/lib/sort.svelte';
import Attributes from '../src/lib/trace/Attributes.svelte';
import ErrorBlock from '../src/lib/ui/ErrorBlock.svelte';
import Pager from '../src/lib/ui/Pager.svelte';
import PickList from '../src/lib/ui/PickList.svelte';
import SortHeader from '../src/lib/ui/SortHeader.svelte';
import { run_state } from '../src/lib/ui/status';
import Status from '../src/lib/ui/Status.svelte';
import Time from '../src/lib/ui/Time.svelte';

let mounted: Record<string, unknown> | undefined;

function show<P extends Record<string, unknown>>(component: Component<P>, props: P): HTMLElement {
  const target = document.createElement('div');
  document.body.append(target);
  mounted = mount(component, { target, props });
  flushSync();
  return target;
}

afterEach(() => {
  if (mounted) void unmount(mounted);
  mounted = undefined;
  document.body.innerHTML = '';
  localStorage.clear();
});

const words = (text: string) => createRawSnippet(() => ({ render: () => `<span>${text}</span>` }));

it('components: a header says how the table is sorted, turns on the second click, and is remembered', () => {
  const sort = new Sort('test', ['count', 'p95'], { field: 'p95', direction: 'desc' });
  const target = show(SortHeader, { sort, field: 'count', children: words('Calls') });
  const header = target.querySelector('th')!;
  expect(header.getAttribute('aria-sort')).toBe('none');
  header.querySelector('button')!.click();
  flushSync();
  expect(header.getAttribute('aria-sort')).toBe('descending');
  header.querySelector('button')!.click();
  flushSync();
  expect(header.getAttribute('aria-sort')).toBe('ascending');
  const again = new Sort('test', ['count', 'p95'], { field: 'p95', direction: 'desc' });
  expect([again.field, again.direction]).toEqual(['count', 'asc']);
});

it('components: a stored sort field that no longer exists is ignored', () => {
  localStorage.setItem('traceway_sort_test', '{"field":"gone","direction":"asc"}');
  expect(new Sort('test', ['count'], { field: 'count', direction: 'desc' }).field).toBe('count');
});

it('components: the pager says where one is and links to the neighbours only if there are any', () => {
  const target = show(Pager, { pagination: { page: 2, pageSize: 50, total: 1204, totalPages: 25 }, noun: 'requests' });
  expect(target.textContent).toContain('51–100 of 1,204 requests');
  expect(target.querySelector('[aria-label="Previous page"]')?.getAttribute('href')).not.toContain('page=1&');
  expect(target.querySelector('[aria-label="Next page"]')?.getAttribute('href')).toContain('page=3');
});

it('components: a list narrows while typing and Enter picks what is marked', () => {
  const run = vi.fn();
  const done = vi.fn();
  const items = ['alpha', 'beta', 'alphabet'].map((label) => ({ id: label, label, run: () => run(label) }));
  const target = show(PickList, { items, label: 'Things', placeholder: '', done, opened: 1 });
  const input = target.querySelector('input')!;
  input.value = 'alpha';
  input.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  expect([...target.querySelectorAll('[role=option]')].map((one) => one.textContent?.trim())).toEqual(['alpha', 'alphabet']);
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }));
  flushSync();
  expect(target.querySelector('[aria-selected=true]')?.id).toBe(input.getAttribute('aria-activedescendant'));
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  expect([run.mock.calls, done.mock.calls.length]).toEqual([[['alphabet']], 1]);
});

it('components: an error names cause, status and request, and can be tried again', () => {
  const retry = vi.fn();
  const target = show(ErrorBlock, { error: new ApiError(500, 'It broke.', 'abc123', null), retry });
  expect(target.querySelector('[role=alert]')?.textContent).toMatch(/It broke\..*500.*abc123/s);
  target.querySelector('button')!.click();
  expect(retry).toHaveBeenCalledOnce();
});

it('components: a status is a shape and a word, not a colour alone', () => {
  const target = show(Status, { state: run_state({ statusCode: 503 }) });
  expect(target.textContent).toContain('503 Unavailable');
  expect(target.querySelector('svg path')).not.toBeNull();
});

it('components: a time that was not reported says so to screen readers', () => {
  expect(show(Time, { at: '' }).textContent).toContain('not reported');
});

it('components: attribute values are text, whatever they contain', () => {
  const target = show(Attributes, { title: 'Attributes', attributes: { html: '<img src=x onerror=alert(1)>', list: [1, 2], n: 0 } });
  expect(target.querySelector('img')).toBeNull();
  expect([...target.querySelectorAll('.value')].map((one) => one.textContent)).toEqual(['<img src=x onerror=alert(1)>', '[1,2]', '0']);
});
