// Where Chromium is on this machine and how the suites start it. Each suite has playwright-core of its own and hands it in.
import { existsSync } from 'node:fs';

const kFlags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

function chromium_path() {
  const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return [process.env.CHROMIUM, ...known].find((path) => path && existsSync(path));
}

/** `chromium`: that of playwright-core. */
export async function launch(chromium) {
  const executablePath = chromium_path();
  if (!executablePath) {
    console.error('no Chromium on this machine; set CHROMIUM to its path');
    process.exit(2);
  }
  return chromium.launch({ executablePath, args: kFlags, timeout: 120_000 });
}
