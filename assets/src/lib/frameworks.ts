/** What a project can be built with, as the server names it. */
export const kFrameworks: readonly [string, string][] = [
  ['opentelemetry', 'OpenTelemetry, any language'],
  ['gin', 'Go · Gin'],
  ['fiber', 'Go · Fiber'],
  ['chi', 'Go · Chi'],
  ['fasthttp', 'Go · fasthttp'],
  ['stdlib', 'Go · net/http'],
  ['react', 'React'],
  ['svelte', 'Svelte'],
  ['vuejs', 'Vue'],
  ['nextjs', 'Next.js'],
  ['nestjs', 'NestJS'],
  ['express', 'Express'],
  ['remix', 'Remix'],
  ['custom', 'Go · another program'],
];
