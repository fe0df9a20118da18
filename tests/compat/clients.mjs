// OpenTelemetry SDKs of several languages against the real server: each tells the same story in every encoding it has, configured
// by the variables that users set, and every datum is read back.
//   TRACEWAY_BINARY=build/traceway node tests/compat/clients.mjs [LANGUAGE...]
import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { finish, test } from '../support/checks.mjs';
import { TracewayServer } from '../support/traceway_server.mjs';
import { serve_witness } from '../support/witness.mjs';
import { kLanguages, prepare_build_folder, story_file } from './languages.mjs';
import { ReadBack } from './readback.mjs';
import { story_of } from './story.mjs';

const kBuildPatienceMs = 300_000;
const kRunPatienceMs = 60_000;

/** A signal is told when the server has the route that takes it and those that answer about it. */
const kSignals = {
  traces: ['POST /api/otel/v1/traces'],
  metrics: ['POST /api/otel/v1/metrics', 'POST /api/metrics/query', 'GET /api/metrics/discover'],
  logs: ['POST /api/otel/v1/logs', 'POST /api/logs'],
};

/** No toolchain may fetch another version of itself, and nobody's own telemetry settings count. */
function environment(more) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(OTEL|TRACEWAY)_/.test(name));
  return { ...Object.fromEntries(kept), GOTOOLCHAIN: 'local', ...more };
}

/** Runs a command to its end without stopping ours; what it printed. */
function run([program, ...words], { env, folder, patience_ms }) {
  return new Promise((done, broken) => {
    const child = spawn(program, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: patience_ms, killSignal: 'SIGKILL' });
    const printed = { out: '', err: '' };
    child.stdout.on('data', (piece) => (printed.out += piece));
    child.stderr.on('data', (piece) => (printed.err += piece));
    child.on('error', broken);
    child.on('close', (code, signal) => {
      if (code === 0) done(printed);
      else broken(new Error(`${program} ${words.join(' ')}: ${signal ? `stopped by ${signal} after at most ${patience_ms / 1000} s` : `exit code ${code}`}\n${printed.err.slice(-4000)}`));
    });
  });
}

/** What of a language's needs this machine lacks, in words. */
function lacks_of({ needs }) {
  return needs
    .filter(([command, least]) => {
      const [program, ...words] = command.split(' ');
      const { status, stdout } = spawnSync(program, words, { env: environment(), encoding: 'utf8' });
      const found = status === 0 && stdout.match(/(\d+)\.(\d+)/);
      const [major, minor] = least.split('.').map(Number);
      return !found || Number(found[1]) < major || (Number(found[1]) === major && Number(found[2]) < minor);
    })
    .map(([command, least]) => `${command.split(' ').slice(0, -1).join(' ')} ${least} or newer`);
}

async function build(language) {
  for (const { command, folder, then } of language.build()) {
    if (command) await run(command, { env: environment(), folder, patience_ms: kBuildPatienceMs });
    then?.();
  }
}

/** Starts the program of a language with the variables a user would set; the ids its SDK gave out. */
async function tell(language, story, { url, token, protocol, compression, is_delta, file }) {
  writeFileSync(file, JSON.stringify(story));
  const env = environment({
    OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/api/otel`,
    OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${token}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: `http/${protocol}`,
    OTEL_EXPORTER_OTLP_COMPRESSION: compression,
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: is_delta ? 'delta' : 'cumulative',
    TRACEWAY_BEARER: `Bearer ${token}`,
    TRACEWAY_STORY: file,
  });
  const { out } = await run(language.run, { env, patience_ms: kRunPatienceMs });
  return JSON.parse(out.trim().split('\n').at(-1));
}

/** What the wire must have seen: one request a signal, in this encoding, answered with full success. */
function expected_wire(signals, protocol, compression) {
  const type = protocol === 'json' ? 'application/json' : 'application/x-protobuf';
  return signals.map((signal) => ({
    method: 'POST', path: `/api/otel/v1/${signal}`, type, encoding: compression === 'none' ? undefined : compression, status: 200,
    bytes: protocol === 'json' ? '{}'.length : 0,
  }));
}

async function one_way(server, signals, name, language, [protocol, compression]) {
  const what = `${name}, ${protocol}, ${compression}`;
  const project = await server.add_project(`${name} ${protocol} ${compression}`);
  const start = BigInt(Date.now() - 60_000) * 1_000_000n + 123_456_789n;
  const story = story_of(name, language, start, signals);
  const is_delta = compression === 'gzip';
  const seen = [];
  const witness = await serve_witness(server, seen);
  try {
    const told = await tell(language, story, { url: witness.url, token: project.token, protocol, compression, is_delta, file: story_file(name) });
    await test(`${what}: one export a signal, in this encoding, and it was told full success`, () =>
      assert.deepEqual(seen.map(({ sent: _body, ...one }) => ({ ...one, type: one.type?.split(';')[0] })), expected_wire(signals, protocol, compression)));
    const read = new ReadBack(what, server, project, language, story, told);
    await read.traces();
    if (signals.includes('metrics')) await read.metrics(is_delta);
    if (signals.includes('logs')) await read.logs();
  } catch (error) {
    await test(`${what}: the story is told and read back to its end`, () => Promise.reject(error));
  } finally {
    witness.close();
  }
}

async function one_language(server, signals, name) {
  const language = kLanguages[name];
  const lacks = lacks_of(language);
  if (lacks.length > 0) {
    console.log(`skip ${name}: this machine lacks ${lacks.join(' and ')}`);
    return;
  }
  const started = Date.now();
  try {
    await build(language);
  } catch (error) {
    await test(`${name}: the program builds`, () => Promise.reject(error));
    return;
  }
  console.log(`-- ${name}: built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  for (const way of language.ways) await one_way(server, signals, name, language, way);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !kLanguages[name]);
if (unknown.length > 0) {
  console.error(`no such language: ${unknown.join(', ')}; there are ${Object.keys(kLanguages).join(', ')}`);
  process.exit(2);
}
const routes = TracewayServer.routes();
const signals = Object.keys(kSignals).filter((signal) => kSignals[signal].every((route) => routes.has(route)));
for (const signal of Object.keys(kSignals)) if (!signals.includes(signal)) console.log(`skip ${signal}: the server has no route for them yet`);
prepare_build_folder();
const server = await TracewayServer.start();
try {
  await server.register();
  for (const name of wanted.length > 0 ? wanted : Object.keys(kLanguages)) await one_language(server, signals, name);
} finally {
  const ended = await server.stop();
  await test('the server ends with exit code 0', () => assert.equal(ended, 0));
}
finish();
