import {expect, test, vi} from 'vitest'
import CountReporter from './reporter.ts'

type Modules = Parameters<CountReporter['onTestRunEnd']>[0]

const module = (states: readonly string[], ok = true) => ({
  ok: () => ok,
  children: {allTests: () => states.map(state => ({result: () => ({state})}))},
})

test('skipped tests count neither as passed nor as failed, a file that does not load as failed', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const modules = [module(['passed', 'skipped', 'failed', 'passed', 'pending']), module([], false), module([])]
  new CountReporter().onTestRunEnd(modules as unknown as Modules)
  expect(log.mock.calls).toEqual([['\n2 passed, 3 failed']])
  log.mockRestore()
})
