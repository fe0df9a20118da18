/** Recipes for pages in a browser: @tracewayapp/frontend. */
import type { Code, Recipe } from '../recipe';

const kPackage = '@tracewayapp/frontend';

/** One tab for each package manager. */
export function packages(names: string): Code[] {
  const tools = [['npm', 'npm install'], ['pnpm', 'pnpm add'], ['yarn', 'yarn add'], ['bun', 'bun add']] as const;
  return tools.map(([label, command]) => ({ label, language: 'shell', text: `${command} ${names}` }));
}

const check: Code[] = [{ label: 'In the page', language: 'ts', text: 'setTimeout(() => {\n  throw new Error("Traceway check");\n});' }];
const note = 'Reports uncaught errors and rejected promises with what led to them: console lines, calls, navigation, and a replay of the page.';

export const kBrowserRecipes: Record<string, Recipe> = {
  react: {
    install: packages(kPackage),
    start: [
      {
        label: 'src/main.tsx',
        language: 'tsx',
        text: `import { captureException, init } from "${kPackage}";
import { createRoot } from "react-dom/client";
import App from "./App";

init("<<connection>>");

// What an error boundary catches never reaches the window (React 19).
createRoot(document.getElementById("root")!, {
  onCaughtError: (error) => captureException(error as Error),
}).render(<App />);`,
      },
    ],
    check,
    note,
  },
  svelte: {
    install: packages(kPackage),
    start: [
      {
        label: 'Svelte: src/main.ts',
        language: 'ts',
        text: `import { init } from "${kPackage}";
import { mount } from "svelte";
import App from "./App.svelte";

init("<<connection>>");
mount(App, { target: document.getElementById("app")! });`,
      },
      {
        label: 'SvelteKit: src/hooks.client.ts',
        language: 'ts',
        text: `import { captureException, init } from "${kPackage}";

init("<<connection>>");

export function handleError({ error }: { error: unknown }) {
  captureException(error as Error);
}`,
      },
    ],
    check,
    note,
  },
  vuejs: {
    install: packages(kPackage),
    start: [
      {
        label: 'src/main.ts',
        language: 'ts',
        text: `import { captureException, init } from "${kPackage}";
import { createApp } from "vue";
import App from "./App.vue";

init("<<connection>>");

const app = createApp(App);
app.config.errorHandler = (error) => {
  captureException(error as Error);
  console.error(error);
};
app.mount("#app");`,
      },
    ],
    check,
    note,
  },
  browser: {
    install: packages(kPackage),
    start: [
      {
        label: 'First module of the page',
        language: 'ts',
        text: `import { init } from "${kPackage}";

init("<<connection>>");`,
      },
    ],
    check,
    note,
  },
};
