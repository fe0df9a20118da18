// The real executable as a process of its own, for the suites that run in Node: a fresh data directory, port 0, one account.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, openSync, closeSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const kStartPatienceMs = 60_000;
const kStopPatienceMs = 30_000;
const kRoot = resolve(import.meta.dirname, '../..');

export const kAccount = {
  name: 'Ana Petrović',
  email: 'ana@example.com',
  password: 'correct horse battery',
  organizationName: 'Acme',
  timezone: 'Europe/Berlin',
  projectName: 'shop-api',
  framework: 'opentelemetry',
};

function executable() {
  const path = resolve(process.env.TRACEWAY_BINARY ?? join(kRoot, 'build/traceway'));
  if (!existsSync(path)) {
    console.error(`no executable at ${path}; build it or set TRACEWAY_BINARY`);
    process.exit(2);
  }
  return path;
}

/** The caller's environment without the variables that would set options of the server. */
function inherited_environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TRACEWAY_')));
}

/** Waits for `read()` to be neither false nor undefined; says what never came otherwise. */
export async function eventually(what, read, patience_ms = kStartPatienceMs) {
  const deadline = Date.now() + patience_ms;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${patience_ms / 1000} s`);
    await sleep(25);
  }
}

/** Nanosecond times of events exceed what a JavaScript number holds; they come back as text. */
function parse_exact(text) {
  return JSON.parse(text.replace(/("time_unix_nano":)(\d+)/g, '$1"$2"'));
}

export class TracewayServer {
  #child;
  #exited;
  #log_path;

  /** A running server; `options` are added to the command line. */
  static async start(options = []) {
    const server = new TracewayServer();
    server.directory = mkdtempSync(join(tmpdir(), 'traceway-node-'));
    server.#log_path = join(server.directory, 'server.log');
    const log = openSync(server.#log_path, 'w');
    const words = ['serve', '--listen', '127.0.0.1:0', '--data-dir', join(server.directory, 'data'), ...options];
    server.#child = spawn(executable(), words, { stdio: ['ignore', log, log], env: inherited_environment() });
    closeSync(log);
    server.#exited = new Promise((done) => {
      server.#child.on('exit', (code, signal) => done(code ?? signal));
      server.#child.on('error', (error) => done(error.message));
    });
    try {
      const address = await eventually('the line that names the address', async () => {
        const ended = await Promise.race([server.#exited, sleep(0, 'running')]);
        if (ended !== 'running') throw new Error(`the server ended at once: ${ended}\n${server.log()}`);
        return server.log().match(/msg=listening.*\baddress=(\S+)/)?.[1];
      });
      server.url = `http://${address}`;
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  log() {
    return readFileSync(this.#log_path, 'utf8');
  }

  /** Ends the process and answers its exit code; its files stay. */
  async end() {
    this.#child.kill('SIGTERM');
    const ended = await Promise.race([this.#exited, sleep(kStopPatienceMs, 'stuck', { ref: false })]);
    if (ended === 'stuck') {
      this.#child.kill('SIGKILL');
      await this.#exited;
    }
    return ended;
  }

  /** Ends the process, removes its directory, and answers its exit code. */
  async stop() {
    const ended = await this.end();
    rmSync(this.directory, { recursive: true, force: true });
    return ended;
  }

  /** Sends a request as the account (once there is one); the answer must have the status `expected`. */
  async call(method, path, body, expected = 200) {
    const headers = { 'content-type': 'application/json', ...(this.token ? { authorization: `Bearer ${this.token}` } : {}) };
    const answer = await fetch(this.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (answer.status !== expected) throw new Error(`${method} ${path}: ${answer.status} instead of ${expected}: ${text}`);
    return parse_exact(text);
  }

  /** The first account with its project; both are remembered for `call` and `ask`. */
  async register(account = kAccount) {
    const answer = await this.call('POST', '/api/register', account, 201);
    this.token = answer.token;
    this.project = answer.project;
    return answer;
  }

  /** One more project of the account. */
  add_project(name, framework = 'opentelemetry') {
    return this.call('POST', `/api/projects?projectId=${this.project.id}`, { name, framework }, 201);
  }

  /** A question about the project. */
  ask(path, body = {}, project = this.project) {
    return this.call('POST', `/api${path}${path.includes('?') ? '&' : '?'}projectId=${project.id}`, body);
  }

  /** Method and pattern of every route that the executable has: 'POST /api/otel/v1/traces'. */
  static routes() {
    const lines = execFileSync(executable(), ['routes'], { encoding: 'utf8', env: inherited_environment() }).split('\n');
    return new Set(lines.map((line) => line.split(/ +/).slice(0, 2).join(' ')));
  }

  /** What a Traceway SDK needs: the project's token and where reports go, in one string. */
  connection_string() {
    return `${this.project.token}@${this.url}/api/report`;
  }

  /** What an exporter needs: where traces go and the project's token. */
  otlp() {
    return { url: `${this.url}/api/otel/v1/traces`, headers: { authorization: `Bearer ${this.project.token}` } };
  }
}
