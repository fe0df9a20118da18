/** Short notes at the top centre; each names the thing it speaks of. */

export interface Toast {
  id: number;
  kind: 'ok' | 'error';
  text: string;
  /** What can be done about it, such as undo. */
  action?: ToastAction;
}

export interface ToastAction {
  label: string;
  /** Key that does the same, if the page has one. */
  key?: string;
  run: () => void;
}

const kStaysMs = 6000;

class Toasts {
  all = $state.raw<Toast[]>([]);
  private next = 1;

  show(text: string, kind: Toast['kind'] = 'ok', action?: ToastAction): void {
    const id = this.next++;
    this.all = [...this.all, { id, kind, text, ...(action ? { action } : {}) }];
    setTimeout(() => this.close(id), kStaysMs);
  }

  close(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
