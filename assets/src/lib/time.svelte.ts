/** The time range of the page: kept in the address, resolved against one "now" that all blocks share. */
import { prefs } from './prefs.svelte';
import { router } from './router.svelte';
import type { Choice, Preset, Range } from './time_range';
import { from_query, interval_minutes, preset_label, resolve, shift, to_query, zoom_out } from './time_range';
import { day, day_and_minute, minute_of_day } from './format';

const kDefault: Preset = '24h';
const kParameters = ['preset', 'from', 'to'];

class TimeRange {
  /** The end of every preset; moves at each load and reload. */
  now = $state(Date.now());
  /** The part of the address that concerns time, as text: other changes of the address are no news here. */
  private readonly asked = $derived(new URLSearchParams([...router.query].filter(([name]) => kParameters.includes(name))).toString());
  private readonly parsed = $derived(from_query(new URLSearchParams(this.asked), kDefault));
  readonly choice = $derived(this.parsed.choice);
  readonly problem = $derived(this.parsed.problem);
  readonly range = $derived(resolve(this.choice, this.now));
  readonly interval = $derived(interval_minutes(this.range));
  readonly label = $derived.by(() => {
    if ('preset' in this.choice) return preset_label(this.choice.preset);
    const { from, to } = this.choice;
    const same_day = day(from, prefs.zone) === day(to, prefs.zone);
    const end = same_day ? minute_of_day(to, prefs.zone) : day_and_minute(to, prefs.zone);
    return `${day_and_minute(from, prefs.zone)} – ${end}`;
  });
  /** Body fields of every ranged request. */
  readonly body = $derived({
    fromDate: new Date(this.range.from).toISOString(),
    toDate: new Date(this.range.to).toISOString(),
  });

  reload(): void {
    this.now = Date.now();
  }

  choose(choice: Choice): void {
    this.now = Date.now();
    router.set({ ...to_query(choice), page: null });
  }

  select(range: Range): void {
    this.choose({ from: Math.round(range.from), to: Math.round(range.to) });
  }

  shift(steps: number): void {
    this.select(shift(this.range, steps));
  }

  zoom_out(): void {
    this.select(zoom_out(this.range, Date.now()));
  }
}

export const time = new TimeRange();
