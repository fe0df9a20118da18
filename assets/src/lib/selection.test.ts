import { expect, it } from 'vitest';
import { Selection } from './selection.svelte';

const order = ['a', 'b', 'c', 'd', 'e'];
const chosen = (selection: Selection): string => order.filter((key) => selection.has(key)).join('');

it('selection: a range runs from the row touched last, in both directions', () => {
  const selection = new Selection();
  selection.toggle('b');
  selection.extend(order, 'd');
  expect(chosen(selection)).toBe('bcd');
  selection.toggle('e');
  selection.toggle('e');
  selection.extend(order, 'd');
  expect([chosen(selection), selection.size]).toEqual(['bcde', 4]);
});

it('selection: a range without a beginning is one row, one to nowhere is nothing', () => {
  const selection = new Selection();
  selection.extend(order, 'c');
  selection.extend(order, 'gone');
  expect(chosen(selection)).toBe('c');
  selection.clear();
  selection.extend(order, 'e');
  expect(chosen(selection)).toBe('e');
});

it('selection: all, then none', () => {
  const selection = new Selection();
  selection.toggle('a');
  selection.toggle_all(order);
  expect(selection.size).toBe(5);
  selection.toggle_all(order);
  expect(selection.size).toBe(0);
  selection.toggle_all([]);
  expect(selection.size).toBe(0);
});

it('selection: what left the screen is forgotten', () => {
  const selection = new Selection();
  selection.toggle_all(order);
  selection.keep(['b', 'e', 'new']);
  expect([chosen(selection), selection.size]).toEqual(['be', 2]);
});
