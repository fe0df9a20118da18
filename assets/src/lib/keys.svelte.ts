/** Keys of the page and of the frame. Single letters are inert while a text field has the focus. */
import { untrack } from 'svelte';

export interface Key {
  /** As KeyboardEvent.key; "g e" is a sequence, "mod+k" is Ctrl or Command, "shift+ArrowLeft" as it says. */
  keys: string;
  label: string;
  run: (event: KeyboardEvent) => void;
}

export interface KeyGroup {
  title: string;
  keys: Key[];
}

const kSequenceMs = 1000;

class Keys {
  groups = $state.raw<KeyGroup[]>([]);
  private prefix = '';
  private prefix_at = 0;

  constructor() {
    addEventListener('keydown', (event) => this.on_key(event));
  }

  add(group: KeyGroup): () => void {
    this.groups = [...this.groups, group];
    return () => (this.groups = this.groups.filter((one) => one !== group));
  }

  private on_key(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const target = event.target instanceof Element ? event.target : null;
    const typing = target?.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
    const name = key_name(event);
    if (typing && !name.startsWith('mod+')) return;
    // A dialog has the page to itself.
    if (document.querySelector('dialog[open]') && !name.startsWith('mod+')) return;
    if (['Enter', ' '].includes(event.key) && target?.closest('a, button, summary, input')) return;

    const sequence = event.timeStamp - this.prefix_at < kSequenceMs ? `${this.prefix} ${name}` : '';
    const found = this.find(sequence) ?? this.find(name);
    this.prefix = '';
    if (found) {
      event.preventDefault();
      found.run(event);
    } else if (this.starts_sequence(name)) {
      this.prefix = name;
      this.prefix_at = event.timeStamp;
    }
  }

  /** The page added last is asked first. */
  private find(keys: string): Key | undefined {
    if (keys === '') return undefined;
    for (let at = this.groups.length - 1; at >= 0; at -= 1) {
      const found = this.groups[at]?.keys.find((key) => key.keys.split(', ').includes(keys));
      if (found) return found;
    }
    return undefined;
  }

  private starts_sequence(name: string): boolean {
    return this.groups.some((group) => group.keys.some((key) => key.keys.startsWith(`${name} `)));
  }
}

function key_name(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? 'mod+' : '';
  const alt = event.altKey ? 'alt+' : '';
  // A shifted letter or sign is told by the sign itself; only named keys and letters carry "shift+".
  const shifted = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key));
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${mod}${alt}${shifted ? 'shift+' : ''}${key}`;
}

export const keys = new Keys();

/** Keys that live as long as the component that calls this. */
export function use_keys(title: string, list: () => Key[]): void {
  $effect(() => {
    const group = { title, keys: list() };
    return untrack(() => keys.add(group));
  });
}

export const is_apple = /Mac|iPhone|iPad/.test(navigator.platform);

/** How a key is written on the screen. */
export function key_text(keys_text: string): string[] {
  const names: Record<string, string> = {
    ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', ' ': 'Space',
  };
  return keys_text.split(/ (?=.)/).map((part) =>
    part
      .replace(',', '')
      .split('+')
      .map((piece) => {
        if (piece === 'mod') return is_apple ? '⌘' : 'Ctrl';
        if (piece === 'shift') return is_apple ? '⇧' : 'Shift';
        return names[piece] ?? (piece.length === 1 && part.includes('+') ? piece.toUpperCase() : piece);
      })
      .join(is_apple ? '' : ' '),
  );
}
