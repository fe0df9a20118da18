/** Frames to what is shown: the application's own calls in full, runs of library calls folded. Pure. */
import type { Occurrence, StackError, StackFrame } from './types';

export type StackLine =
  | { kind: 'frame'; frame: StackFrame; at: number }
  /** Consecutive calls of libraries; `at` is the first one's index. */
  | { kind: 'fold'; frames: StackFrame[]; at: number };

/** Two library calls and more fold into one line; a single one costs no more than the line that hides it. */
const kFoldFrom = 2;

/** `app_only` leaves libraries out; a stack without any call of the application is shown as it is. */
export function fold_frames(frames: readonly StackFrame[], app_only: boolean): StackLine[] {
  const has_own = frames.some((frame) => frame.inApp);
  const lines: StackLine[] = [];
  for (let at = 0; at < frames.length; at += 1) {
    const frame = frames[at]!;
    if (frame.inApp || !has_own) {
      lines.push({ kind: 'frame', frame, at });
      continue;
    }
    let end = at;
    while (end < frames.length && !frames[end]!.inApp) end += 1;
    if (!app_only) {
      if (end - at >= kFoldFrom) lines.push({ kind: 'fold', frames: frames.slice(at, end), at });
      else lines.push({ kind: 'frame', frame, at });
    }
    at = end - 1;
  }
  return lines;
}

/** Index of the call to look at first; -1 without frames. */
export function culprit_at(frames: readonly StackFrame[]): number {
  const own = frames.findIndex((frame) => frame.inApp);
  return own < 0 ? Math.min(0, frames.length - 1) : own;
}

/** "src/cart.ts:42:18" */
export function place_of({ file, line, column }: StackFrame): string {
  return [file, line > 0 && line, line > 0 && column > 0 && column].filter(Boolean).join(':');
}

/** The path before the name of the file, and the rest with line and column. */
export function split_place(frame: StackFrame): { folder: string; name: string } {
  const place = place_of(frame);
  const cut = Math.max(frame.file.lastIndexOf('/'), frame.file.lastIndexOf('\\')) + 1;
  return { folder: place.slice(0, cut), name: place.slice(cut) };
}

/** Package or module of a function, and the name one reads: "net/http." and "(*conn).serve". */
export function split_function({ function: name }: StackFrame): { package: string; name: string } {
  const slash = name.lastIndexOf('/') + 1;
  const words = name.slice(slash).split('.');
  // Go keeps its last path element; elsewhere dots alone make the path, and class and method stay together.
  const keep = slash > 0 ? words.length : 2;
  const cut = slash + words.slice(0, -keep).join('.').length + (words.length > keep ? 1 : 0);
  return /[\s(<]/.test(name.slice(0, cut)) ? { package: '', name } : { package: name.slice(0, cut), name: name.slice(cut) };
}

/** The error itself and what caused it, outermost first. */
export function errors_of(event: Occurrence): StackError[] {
  const first = { type: event.type ?? '', message: event.message ?? '', frames: event.frames ?? [] };
  const [head, ...rest] = event.causes ?? [];
  // Said twice by servers that count the error itself to its chain.
  const causes = head && head.type === first.type && head.message === first.message ? rest : (event.causes ?? []);
  return [first, ...causes];
}

/** "TypeError: x is undefined" */
export function error_line({ type, message }: Pick<StackError, 'type' | 'message'>): string {
  return [type, message].filter(Boolean).join(': ');
}
