import {expect, test} from 'vitest'
import {paperRows} from '../../test/support/paper-rows.ts'
import {buildEntries, type ReportedRun} from './entries.ts'
import {describeProvenance, reportTitle} from './provenance.ts'

const [row] = paperRows([1])
const ran = (changes: object, machine?: string): ReportedRun => ({
  row: {...row, recipe: 's/a', ...changes},
  setup: '',
  ...(machine === undefined ? {} : {machine}),
})
const factsOf = (runs: readonly ReportedRun[]) =>
  Object.fromEntries(describeProvenance(runs, buildEntries(runs).entries).map(({name, text}) => [name, text]))

test('a report names its runs, their days, versions, commits and machines, in any order', () => {
  const runs = [
    ran({seed: 2, commit: 'b', finished: '2026-11-25T01:00:00.000Z', dirty: true}, 'EPYC (linux x64)'),
    ran({seed: 1, commit: 'a'}, 'EPYC (linux x64)'),
    ran({recipe: 't/b', commit: ''}),
  ]
  const facts = {
    Runs: '3 runs of 2 recipes in 2 suites',
    Finished: '2026-11-24 to 2026-11-25 (UTC)',
    Software: 'svft 0.1.0; commits a, b; 1 run with uncommitted changes',
    Machine: 'EPYC (linux x64), engine onnx, 2 threads; engine onnx, 2 threads',
  }
  expect(factsOf(runs)).toEqual(facts)
  expect(factsOf(runs.toReversed())).toEqual(facts)
  expect(factsOf([runs[1]])).toEqual({
    Runs: '1 run of 1 recipe in 1 suite',
    Finished: '2026-11-24 (UTC)',
    Software: 'svft 0.1.0; commit a',
    Machine: 'EPYC (linux x64), engine onnx, 2 threads',
  })
})

test('the first of many commits are listed, with the number of the others', () => {
  const runs = Array.from({length: 9}, (_, seed) => ran({seed, commit: `c${seed}`}))
  expect(factsOf(runs).Software).toBe('svft 0.1.0; commits c0, c1, c2, c3 and 5 more')
})

test('the title of a report has the name of its suite, or the number of several suites', () => {
  const title = (...runs: ReportedRun[]) => reportTitle(buildEntries(runs).entries)
  expect(title(ran({}))).toBe('Fine-tuning results: s')
  expect(title(ran({}), ran({recipe: 't/b'}))).toBe('Fine-tuning results: 2 suites')
})

test('a machine that computed in bfloat16 is listed with the version of its engine', () => {
  const changes = {engine: 'openvino', engineVersion: '2026.4.1', precision: 'bf16'}
  expect(factsOf([ran(changes)]).Machine).toBe('engine openvino 2026.4.1 bf16, 2 threads')
})
