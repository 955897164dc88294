import type {Reporter, TestModule} from 'vitest/node'

/** Ends the run with `N passed, N failed` alone on a line; skipped tests are neither. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let passed = 0
    let failed = 0
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      for (const test of tests) {
        const {state} = test.result()
        if (state === 'passed') passed++
        else if (state !== 'skipped') failed++ // one that was interrupted is pending
      }
      if (tests.length === 0 && !module.ok()) failed++ // a file that did not even load
    }
    console.log(`\n${passed} passed, ${failed} failed`)
  }
}
