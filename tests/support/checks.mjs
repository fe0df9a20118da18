// Claims of a suite that runs in Node: each is counted, all of them run.
let passed = 0;
let failed = 0;

/** Runs one claim; what it throws makes it false. */
export async function test(name, run) {
  try {
    await run();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n     ${String(error.stack ?? error).split('\n').slice(0, 40).join('\n     ')}`);
  }
}

/** Says how many held and ends the process: 0 when all did. */
export function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
