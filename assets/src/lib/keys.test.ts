import { afterEach, expect, it, vi } from 'vitest';
import { key_text, keys } from './keys.svelte';

function press(key: string, more: KeyboardEventInit = {}, target: Element = document.body): void {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
}

let remove: (() => void) | undefined;

function listen(...names: string[]): ReturnType<typeof vi.fn> {
  const run = vi.fn();
  remove = keys.add({ title: 'Test', keys: names.map((name) => ({ keys: name, label: name, run })) });
  return run;
}

afterEach(() => {
  remove?.();
  document.body.innerHTML = '';
});

it('keys: a sequence needs both keys in order', () => {
  const run = listen('g e');
  press('e');
  press('g');
  press('x');
  press('e');
  expect(run).not.toHaveBeenCalled();
  press('g');
  press('e');
  expect(run).toHaveBeenCalledTimes(1);
});

it('keys: single letters are inert while a text field has the focus, commands are not', () => {
  document.body.innerHTML = '<input type="search"><input type="checkbox">';
  const [text, box] = [...document.querySelectorAll('input')] as [HTMLInputElement, HTMLInputElement];
  const run = listen('j', 'mod+k');
  press('j', {}, text);
  expect(run).not.toHaveBeenCalled();
  press('j', {}, box);
  press('k', { ctrlKey: true }, text);
  expect(run).toHaveBeenCalledTimes(2);
});

it('keys: a letter with a command key is not the letter', () => {
  const run = listen('r');
  press('r', { ctrlKey: true });
  expect(run).not.toHaveBeenCalled();
});

it('keys: shift tells letters apart and is part of a sign', () => {
  const run = listen('shift+d', '?');
  press('d');
  press('D', { shiftKey: true });
  press('?', { shiftKey: true });
  expect(run).toHaveBeenCalledTimes(2);
});

it('keys: the page added last is asked first', () => {
  const frame = vi.fn();
  const remove_frame = keys.add({ title: 'Frame', keys: [{ keys: 'r', label: 'r', run: frame }] });
  const page = listen('r');
  press('r');
  remove_frame();
  expect([frame.mock.calls.length, page.mock.calls.length]).toEqual([0, 1]);
});

it('keys: they are written as on the keyboard', () => {
  expect(key_text('g e')).toEqual(['g', 'e']);
  expect(key_text('j, ArrowDown')).toEqual(['j', '↓']);
  expect(key_text('mod+k')[0]).toMatch(/^(Ctrl |⌘)K$/);
});
