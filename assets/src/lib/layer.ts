/** Native popovers, placed under the control that opened them. */

const kGapPx = 4;
const kEdgePx = 8;

function place(layer: HTMLElement, anchor: HTMLElement, align: 'start' | 'end'): void {
  const at = anchor.getBoundingClientRect();
  const width = layer.offsetWidth;
  const height = layer.offsetHeight;
  const wanted = align === 'start' ? at.left : at.right - width;
  const left = Math.max(kEdgePx, Math.min(wanted, innerWidth - width - kEdgePx));
  const below = at.bottom + kGapPx;
  const top = below + height > innerHeight - kEdgePx && at.top - kGapPx - height > 0 ? at.top - kGapPx - height : below;
  layer.style.left = `${left}px`;
  layer.style.top = `${top}px`;
}

/** Svelte attachment for an element with `popover`: places it whenever it opens and keeps it in place. */
export function under(anchor: () => HTMLElement | undefined, align: 'start' | 'end' = 'start') {
  return (layer: HTMLElement): (() => void) => {
    const again = (): void => {
      const element = anchor();
      if (element && layer.matches(':popover-open')) place(layer, element, align);
    };
    const on_toggle = (event: Event): void => {
      if ((event as ToggleEvent).newState === 'open') again();
    };
    layer.addEventListener('toggle', on_toggle);
    addEventListener('resize', again);
    addEventListener('scroll', again, { passive: true });
    return () => {
      layer.removeEventListener('toggle', on_toggle);
      removeEventListener('resize', again);
      removeEventListener('scroll', again);
    };
  };
}
