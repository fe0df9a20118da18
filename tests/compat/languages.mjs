// The languages whose OpenTelemetry SDKs tell the story: what each needs on this machine, how its program is built and started,
// and what is its own about it.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const kHere = import.meta.dirname;
const kBuild = resolve(kHere, '../../build/compat');
const kInt64Max = '9223372036854775807';

const in_build = (...path) => join(kBuild, ...path);
const in_source = (...path) => join(kHere, ...path);

/** True when `file` has not changed since `remember()` of the same name. */
function is_unchanged(name, file) {
  const stamp = in_build(`${name}.stamp`);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === createHash('sha256').update(readFileSync(file)).digest('hex');
}

function remember(name, file) {
  writeFileSync(in_build(`${name}.stamp`), createHash('sha256').update(readFileSync(file)).digest('hex'));
}

/** Steps that install what `lock` names, only when it has changed. */
function installed(name, lock, steps) {
  return is_unchanged(name, lock) ? [] : [...steps, { then: () => remember(name, lock) }];
}

export function prepare_build_folder() {
  mkdirSync(kBuild, { recursive: true });
}

export const story_file = (name) => in_build(`${name}.story.json`);

/** Separator of Java's class path. */
const kClasspath = [in_build('java/classes'), in_build('java/lib/*')].join(':');

/**
 * needs: commands that print a version, and the least one: a machine without one of them skips the language. build(): steps, each a
 * command in a folder. ways: [protocol, compression] of the OTLP variables. reported_stack, canonical_stack: names of grouping vectors, as reported and
 * as stored. raised: the text that the server must make of the program's own exception.
 */
export const kLanguages = {
  javascript: {
    needs: [],
    build: () => [],
    run: ['node', in_source('js/client.mjs')],
    ways: [['protobuf', 'gzip'], ['json', 'none']],
    sdk_language: 'nodejs',
    widest_integer: String(Number.MAX_SAFE_INTEGER),
    reported_stack: 'js-v8-raw-not-canonical',
    canonical_stack: 'js-v8-canonicalized',
    raised: /^StoryError: no stock for sku 7\ncharge\(\)\n {4}\S*client\.mjs:\d+:\d+\nstart\(\)\n/,
  },
  python: {
    needs: [['python3 --version', '3.10'], ['python3 -m ensurepip --version', '20.0']],
    build: () =>
      installed('python', in_source('python/requirements.txt'), [
        { command: ['python3', '-m', 'venv', in_build('python')] },
        { command: [in_build('python/bin/pip'), 'install', '--quiet', '--disable-pip-version-check', '-r', in_source('python/requirements.txt')] },
      ]),
    run: [in_build('python/bin/python'), in_source('python/client.py')],
    ways: [['protobuf', 'gzip'], ['protobuf', 'deflate'], ['json', 'gzip'], ['json', 'none']],
    sdk_language: 'python',
    widest_integer: kInt64Max,
    reported_stack: 'python-traceback',
    raised: /^__main__\.StoryError: no stock for sku 7\nTraceback \(most recent call last\):\n.*in charge\n.*StoryError: no stock for sku 7\n?$/s,
  },
  go: {
    needs: [['go version', '1.26']],
    build: () => [{ command: ['go', 'build', '-mod=readonly', '-o', in_build('go-client'), '.'], folder: in_source('go') }],
    run: [in_build('go-client')],
    ways: [['protobuf', 'gzip'], ['protobuf', 'none']],
    sdk_language: 'go',
    widest_integer: kInt64Max,
    reported_stack: 'go-sdk-basic',
    raised: /^\*main\.storyError: no stock for sku 7\n.*main\.start\(.*main\.go:\d+/s,
  },
  java: {
    needs: [['javac --version', '17.0'], ['mvn --version', '3.6']],
    build: () => [
      ...installed('java', in_source('java/pom.xml'), [
        { command: ['mvn', '--quiet', '--batch-mode', '-f', in_source('java/pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${in_build('java/lib')}`] },
      ]),
      { command: ['javac', '--release', '17', '-encoding', 'UTF-8', '-d', in_build('java/classes'), '-cp', in_build('java/lib/*'), in_source('java/Client.java')] },
    ],
    run: ['java', '-cp', kClasspath, 'Client'],
    ways: [['protobuf', 'gzip'], ['protobuf', 'none']],
    sdk_language: 'java',
    widest_integer: kInt64Max,
    reported_stack: 'java-caused-by',
    raised: /^Client\$StoryError: no stock for sku 7\n\tat Client\.charge\(Client\.java:\d+\)\n\tat Client\.start\(/,
  },
  rust: {
    needs: [['cargo --version', '1.88'], ['rustc --version', '1.88']],
    build: () => [{ command: ['cargo', 'build', '--quiet', '--locked', '--target-dir', in_build('rust')], folder: in_source('rust') }],
    run: [in_build('rust/debug/client')],
    ways: [['protobuf', 'gzip'], ['json', 'none']],
    sdk_language: 'rust',
    widest_integer: kInt64Max,
    reported_stack: 'rust-panic',
    raised: /^no stock for sku 7$/,
  },
};
