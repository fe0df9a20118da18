/** j and k through the rows of a table, Enter and o to open, / to the filter. */
import { use_keys } from './keys.svelte';
import { router } from './router.svelte';

export class RowCursor {
  at = $state(-1);
}

interface ListSetup {
  cursor: RowCursor;
  /** Addresses of the rows on the screen, in order. */
  hrefs: () => string[];
  filter?: () => HTMLElement | undefined;
}

export function use_list_keys({ cursor, hrefs, filter }: ListSetup): void {
  function move(step: number): void {
    const last = hrefs().length - 1;
    cursor.at = Math.max(0, Math.min(last, cursor.at + step));
    document.querySelector(`[data-row="${cursor.at}"]`)?.scrollIntoView({ block: 'nearest' });
  }

  function current(): string | undefined {
    return hrefs()[cursor.at];
  }

  use_keys('List', () => [
    { keys: 'j, ArrowDown', label: 'Next row', run: () => move(1) },
    { keys: 'k, ArrowUp', label: 'Row before', run: () => move(-1) },
    {
      keys: 'Enter',
      label: 'Open the row',
      run: () => {
        const href = current();
        if (href !== undefined) router.go(href);
      },
    },
    {
      keys: 'o',
      label: 'Open the row in a new tab',
      run: () => {
        const href = current();
        if (href !== undefined) open(href, '_blank', 'noopener');
      },
    },
    ...(filter ? [{ keys: '/', label: 'Filter', run: () => filter()?.focus() }] : []),
  ]);
}
