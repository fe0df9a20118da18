/** How a person reads stacks: frames or raw text, with or without libraries. Kept in the browser. */
import { read, write } from '../storage';

class StackPreferences {
  raw = $state(read('traceway_stack') === 'raw');
  app_only = $state(read('traceway_stack_app') === 'only');

  set_raw(raw: boolean): void {
    this.raw = raw;
    write('traceway_stack', raw ? 'raw' : null);
  }

  set_app_only(only: boolean): void {
    this.app_only = only;
    write('traceway_stack_app', only ? 'only' : null);
  }
}

export const stack_prefs = new StackPreferences();
