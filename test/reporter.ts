import type {Reporter, TestModule} from 'vitest/node'

/** Ends the run with `N passed, N failed` alone on a line. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let passed = 0
    let failed = 0
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      for (const test of tests) test.result().state === 'passed' ? passed++ : failed++
      if (tests.length === 0 && !module.ok()) failed++ // a file that did not even load
    }
    console.log(`\n${passed} passed, ${failed} failed`)
  }
}
