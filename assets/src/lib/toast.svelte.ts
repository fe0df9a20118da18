/** Short notes at the top centre; each names the thing it speaks of. */

export interface Toast {
  id: number;
  kind: 'ok' | 'error';
  text: string;
}

const kStaysMs = 6000;

class Toasts {
  all = $state.raw<Toast[]>([]);
  private next = 1;

  show(text: string, kind: Toast['kind'] = 'ok'): void {
    const id = this.next++;
    this.all = [...this.all, { id, kind, text }];
    setTimeout(() => this.close(id), kStaysMs);
  }

  close(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
