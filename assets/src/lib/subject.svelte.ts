/** What a page is about, once its data is there: for the title of the window. */
import { untrack } from 'svelte';

class Subject {
  text = $state<string | null>(null);
}

export const subject = new Subject();

/** Holds as long as the component that calls this. */
export function use_subject(of: () => string | null): void {
  $effect(() => {
    subject.text = of();
    return () => untrack(() => (subject.text = null));
  });
}
