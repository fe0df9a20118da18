/** What a person likes: theme, zone, density, width of the navigation. Kept in the browser, applied at once. */
import type { Zone } from './format';
import { read, write } from './storage';

export type Theme = 'system' | 'light' | 'dark';
export type Density = 'compact' | 'regular' | 'relaxed';

const kThemes: readonly Theme[] = ['system', 'light', 'dark'];
const kDensities: readonly Density[] = ['compact', 'regular', 'relaxed'];

function one_of<T extends string>(values: readonly T[], text: string | null, fallback: T): T {
  return values.find((value) => value === text) ?? fallback;
}

class Preferences {
  theme = $state<Theme>(one_of(kThemes, read('traceway_theme'), 'system'));
  zone = $state<Zone>(one_of(['utc', 'local'] as const, read('traceway_timezone'), 'local'));
  density = $state<Density>(one_of(kDensities, read('traceway_density'), 'regular'));
  narrow_nav = $state(read('traceway_nav') === 'narrow');
  system_dark = $state(false);
  readonly dark = $derived(this.theme === 'system' ? this.system_dark : this.theme === 'dark');

  constructor() {
    const query = matchMedia('(prefers-color-scheme: dark)');
    this.system_dark = query.matches;
    query.addEventListener('change', () => (this.system_dark = query.matches));
    this.apply();
  }

  set_theme(theme: Theme): void {
    this.theme = theme;
    write('traceway_theme', theme);
    this.apply();
  }

  toggle_theme(): void {
    this.set_theme(this.dark ? 'light' : 'dark');
  }

  set_zone(zone: Zone): void {
    this.zone = zone;
    write('traceway_timezone', zone);
  }

  set_density(density: Density): void {
    this.density = density;
    write('traceway_density', density);
    this.apply();
  }

  next_density(): void {
    const at = kDensities.indexOf(this.density);
    this.set_density(kDensities[(at + 1) % kDensities.length] ?? 'regular');
  }

  set_narrow_nav(narrow: boolean): void {
    this.narrow_nav = narrow;
    write('traceway_nav', narrow ? 'narrow' : null);
  }

  private apply(): void {
    const root = document.documentElement.dataset;
    if (this.theme === 'system') delete root['theme'];
    else root['theme'] = this.theme;
    root['density'] = this.density;
  }
}

export const prefs = new Preferences();
