/** Sorting of one table: the address wins (`sort=field.desc`), else what the person chose here last. */
import { router } from './router.svelte';
import { read, write } from './storage';

export type Direction = 'asc' | 'desc';

interface Choice {
  field: string;
  direction: Direction;
}

function parse(text: string | null, fields: readonly string[]): Choice | null {
  const found = /^(\w+)\.(asc|desc)$/.exec(text ?? '');
  if (!found || !fields.includes(found[1] ?? '')) return null;
  return { field: found[1] ?? '', direction: found[2] === 'asc' ? 'asc' : 'desc' };
}

function stored(page: string, fields: readonly string[]): Choice | null {
  try {
    const choice = JSON.parse(read(`traceway_sort_${page}`) ?? 'null') as Choice | null;
    return choice && fields.includes(choice.field) ? choice : null;
  } catch {
    return null;
  }
}

export class Sort {
  private kept = $state.raw<Choice | null>(null);
  private readonly page: string;
  private readonly fields: readonly string[];
  private readonly first: Choice;
  private readonly choice = $derived.by(
    (): Choice => parse(router.query.get('sort'), this.fields) ?? this.kept ?? this.first,
  );

  constructor(page: string, fields: readonly string[], first: Choice) {
    this.page = page;
    this.fields = fields;
    this.first = first;
    this.kept = stored(page, fields);
  }

  get field(): string {
    return this.choice.field;
  }

  get direction(): Direction {
    return this.choice.direction;
  }

  toggle(field: string): void {
    const same = field === this.field;
    const direction: Direction = same && this.direction === 'desc' ? 'asc' : 'desc';
    this.kept = { field, direction };
    write(`traceway_sort_${this.page}`, JSON.stringify(this.kept));
    router.set({ sort: null, page: null });
  }
}
