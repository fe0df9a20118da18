/** What the connection guide can connect, in the order it is shown. */

export interface Guide {
  id: string;
  label: string;
  group: string;
  /** Two or three letters in place of a picture. */
  mark: string;
  /** Words that find it beside its label. */
  words?: string;
}

const kGo = 'Go';
const kBrowser = 'Browser';
const kNode = 'Node.js';
const kOther = 'Everything else';

export const kGuides: readonly Guide[] = [
  { id: 'gin', label: 'Gin', group: kGo, mark: 'Go', words: 'golang' },
  { id: 'fiber', label: 'Fiber', group: kGo, mark: 'Go', words: 'golang' },
  { id: 'chi', label: 'Chi', group: kGo, mark: 'Go', words: 'golang' },
  { id: 'fasthttp', label: 'fasthttp', group: kGo, mark: 'Go', words: 'golang' },
  { id: 'stdlib', label: 'net/http', group: kGo, mark: 'Go', words: 'golang stdlib standard library' },
  { id: 'custom', label: 'Any Go program', group: kGo, mark: 'Go', words: 'golang custom worker cli' },
  { id: 'react', label: 'React', group: kBrowser, mark: 'Re', words: 'javascript typescript vite' },
  { id: 'svelte', label: 'Svelte', group: kBrowser, mark: 'Sv', words: 'javascript typescript sveltekit vite' },
  { id: 'vuejs', label: 'Vue', group: kBrowser, mark: 'Vu', words: 'javascript typescript nuxt vite' },
  { id: 'browser', label: 'Any web page', group: kBrowser, mark: 'JS', words: 'javascript jquery html script' },
  { id: 'nextjs', label: 'Next.js', group: kNode, mark: 'Nx', words: 'javascript typescript react vercel' },
  { id: 'nestjs', label: 'NestJS', group: kNode, mark: 'Ne', words: 'javascript typescript' },
  { id: 'express', label: 'Express', group: kNode, mark: 'Ex', words: 'javascript typescript' },
  { id: 'remix', label: 'Remix', group: kNode, mark: 'Rm', words: 'javascript typescript react router' },
  { id: 'nodejs', label: 'Any Node.js program', group: kNode, mark: 'JS', words: 'javascript typescript hono worker cron' },
  { id: 'php', label: 'PHP', group: kOther, mark: 'PH', words: 'laravel symfony slim' },
  { id: 'python', label: 'Python', group: kOther, mark: 'Py', words: 'django flask fastapi' },
  { id: 'opentelemetry', label: 'OpenTelemetry', group: kOther, mark: 'OT', words: 'otlp otel java kotlin spring dotnet csharp ruby rails rust collector' },
  { id: 'curl', label: 'curl', group: kOther, mark: '$_', words: 'shell http json' },
];

/** Frameworks of projects (dashboard-api 5.2) whose recipe has another name. */
const kSameAs: Record<string, string> = {
  jquery: 'browser', hono: 'nodejs', cloudflare: 'nodejs', symfony: 'php', laravel: 'php', django: 'python',
};

/** The recipe for what the address or the project names. */
export function guide_of(...names: (string | null)[]): Guide {
  for (const name of names) {
    const found = kGuides.find((guide) => guide.id === (kSameAs[name ?? ''] ?? name));
    if (found) return found;
  }
  return kGuides.find((guide) => guide.id === 'opentelemetry')!;
}

/** Guides that contain every typed word. */
export function matching(text: string): Guide[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return kGuides.filter((guide) => {
    const hay = `${guide.label} ${guide.group} ${guide.words ?? ''}`.toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}
