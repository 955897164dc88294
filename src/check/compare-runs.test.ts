import {expect, test} from 'vitest'
import {EXAMPLE_ENVIRONMENT} from '../../test/support/rows.ts'
import type {Row} from '../results/row.ts'
import {mean, standardDeviation} from '../statistics/mean-variance.ts'
import {buildReference, storedSteps} from './build-reference.ts'
import {checkAnnotations, checkSuites, checkSummary} from './ci-forms.ts'
import {type CheckResult, compareRuns} from './compare-runs.ts'
import type {ComputeEnvironment} from './environment.ts'
import {referenceSchema} from './reference-file.ts'
import type {RunFacts, TrainedState} from './run-facts.ts'

const here = EXAMPLE_ENVIRONMENT
const twoThreads = {...here, threads: 2}
const elsewhere = {...here, cpu: 'Intel Xeon', simd: '6.85.7 avx2'}

const hash = (text: string) => Buffer.from(text.padEnd(32, '.')).toString('hex')

interface Changes {
  readonly row?: Partial<Row>
  readonly environment?: ComputeEnvironment
  readonly mixed?: string
  readonly trained?: Partial<TrainedState> | 'gone'
  readonly recipeHash?: string
  readonly drawsData?: boolean
  /** Added to each loss. */
  readonly off?: number
}

/** A run of 120 steps whose losses, hashes and score follow from its seed. */
function run(
  seed: number,
  {row, environment = here, mixed, trained, recipeHash = hash('recipe'), drawsData = false, off = 0}: Changes = {},
): RunFacts {
  const losses = Array.from({length: 120}, (_, i) => 2 / (1 + i / 10) + seed / 100 + off)
  const facts = {
    losses,
    lossHash: hash(`losses ${seed} ${off}`),
    trainedHash: hash(`theta ${seed} ${off}`),
    frozenHash: hash('frozen'),
  }
  return {
    row: {
      recipe: 'tiny',
      hash: `00000000000${seed % 10}`,
      method: 'lora',
      settings: 'r=1',
      params: 8,
      scores: {test: {score: 0.7 + (seed % 5) / 100, n: 100, metric: 'accuracy'}},
      seed,
      model: 'mini',
      modelRevision: 'aa',
      dataRevision: 'dd',
      steps: 120,
      seconds: 3,
      version: '0.1.0',
      commit: 'abcdef0',
      engine: 'onnx',
      threads: environment.threads,
      finished: `2026-11-25T10:00:0${seed % 10}.000Z`,
      ...row,
    },
    folder: `runs/tiny-s${seed}`,
    warnings: [],
    recipeHash,
    drawsData,
    environment,
    mixed,
    ...(trained === 'gone' ? {} : {trained: {...facts, ...trained}}),
  }
}

const seeds = [0, 1, 2, 3, 4]
const five = seeds.map(seed => run(seed))
const twins = [0, 1, 2].map(seed => run(seed, {environment: twoThreads, off: 1e-6}))
const reference = buildReference([...five, ...twins])
const verdict = (runs: readonly RunFacts[], against = reference) => compareRuns(runs, against)
const only = (facts: RunFacts, against = reference) => compareRuns([facts], against, {named: ['tiny']}).cells[0]

test('a reference is a function of its runs, whatever their order, and reads back as it was written', () => {
  expect(buildReference([...twins, ...five].reverse())).toEqual(reference)
  expect(referenceSchema.parse(JSON.parse(JSON.stringify(reference)))).toEqual(reference)
  expect(reference.cells[0]).toMatchObject({
    date: '2026-11-25T10:00:04.000Z',
    versions: ['0.1.0 abcdef0'],
    surroundings: here,
    envelope: {pairs: 3, processors: ['AMD EPYC (25.17.1)']},
  })
  expect(reference.cells[0].columns.test.mean).toBeCloseTo(0.72)
})

test('runs that are no reference are refused, each with its reason', () => {
  const refusal = (runs: readonly RunFacts[]) => () => buildReference(runs)
  expect(refusal([])).toThrow('no finished runs')
  expect(refusal(five.slice(1))).toThrow('tiny: a reference needs 5 seeds, better 20; found: 4')
  expect(refusal([...five.slice(1), run(0, {environment: twoThreads})])).toThrow(
    'needs 5 seeds in one environment, better 20; found: 4',
  )
  expect(refusal([...five, run(5, {recipeHash: hash('other')})])).toThrow(/runs of 2 different recipes, models or data/)
  expect(refusal([...five, run(5, {row: {dataRevision: 'ee'}})])).toThrow(/runs of 2 different recipes/)
  expect(refusal([...five, run(4, {off: 1})])).toThrow(/seed 4: two runs in one environment differ/)
  for (const other of [
    {trained: {trainedHash: hash('edited')}},
    {trained: {frozenHash: hash('edited')}},
    {row: {scores: {test: {score: 0.1, n: 100}}}},
  ])
    for (const twins of [
      [...five, run(4, other)],
      [run(4, other), ...five],
    ])
      expect(refusal(twins), JSON.stringify(other)).toThrow(/seed 4: two runs in one environment differ/)
  expect(refusal([...five, run(5, {trained: 'gone'})])).toThrow(/s5: its checkpoints are gone/)
  expect(refusal([...five, run(5, {mixed: 'its sessions differ: node v22, not v20'})])).toThrow(
    's5: its sessions differ: node v22, not v20; run it again from the start',
  )
  expect(refusal([...five, run(5, {row: {steps: 0}})])).toThrow(/s5: trains nothing/)
  expect(refusal([...five, run(5, {row: {scores: {}}})])).toThrow(/s5: scores nothing/)
  const nothing = {test: {score: Number.NaN, n: 8, metric: 'pearson' as const}}
  expect(refusal([...five, run(5, {row: {scores: nothing}})])).toThrow(/s5: test has no value/)
})

test('a reference without scores or with too few seeds is refused, as every run would pass it', () => {
  const changed = (changes: object) =>
    referenceSchema.safeParse({...reference, cells: [{...reference.cells[0], ...changes}]})
  expect(changed({}).success).toBe(true)
  const four = reference.cells[0].seeds.slice(0, 4)
  const scores = four.map(seed => seed.scores.test)
  const column = {...reference.cells[0].columns.test, mean: mean(scores), sd: standardDeviation(scores)}
  expect(changed({seeds: four, columns: {test: column}}).error?.issues).toMatchObject([{path: ['cells', 0, 'seeds']}])
  expect(changed({columns: {}}).success).toBe(false)
})

test('a reference with a recipe twice, with percentages, or with a mean that is not that of its seeds is refused', () => {
  const [cell] = reference.cells
  const refusal = (...cells: readonly unknown[]) =>
    referenceSchema.safeParse({...reference, cells}).error?.issues.map(({message}) => message)
  const {test: column} = cell.columns
  expect(refusal(cell)).toBeUndefined()
  expect(refusal(cell, cell)).toEqual(['must have each recipe once'])
  expect(refusal({...cell, columns: {test: {...column, mean: 0.9}}})).toEqual([
    'must have the mean and the sd of the scores of its seeds',
  ])
  expect(refusal({...cell, columns: {test: {...column, sd: 0}}})).toHaveLength(1)
  const percent = cell.seeds.map(seed => ({...seed, scores: {test: 100 * seed.scores.test}}))
  expect(
    refusal({...cell, columns: {test: {...column, mean: 100 * column.mean, sd: 100 * column.sd}}, seeds: percent}),
  ).toHaveLength(5)
})

test('exact: the same environment and seed give the same bits', () => {
  expect(verdict(five)).toMatchObject({passed: true, cells: [{state: 'passed', gates: ['exact'], scores: []}]})
  const off = only(run(3, {off: 1e-9, trained: {lossHash: hash('x'), trainedHash: hash('y'), frozenHash: hash('z')}}))
  expect(off).toMatchObject({state: 'failed', gates: ['exact']})
  expect(off.runs[0].message).toMatch(
    /^losses differ .*; trained parameters differ; frozen parameters, from which training starts, differ$/,
  )
  expect(only(run(3, {off: 0.5})).runs[0].message).toMatch(/^losses differ by step 1: 2\.53, not 2\.03;/)
  const {losses: all = []} = run(3).trained ?? {}
  const later = {losses: all.map((loss, i) => (i < 60 ? loss : 2 * loss)), lossHash: hash('x')}
  expect(only(run(3, {trained: later})).runs[0].message).toMatch(/^losses differ by step 6\d: /)
  const losses = all.slice(0, 119)
  expect(only(run(3, {trained: {losses, lossHash: hash('x')}})).runs[0].message).toBe('119 steps, not 120')
  const score = only(run(3, {row: {scores: {test: {score: 0.9, n: 100}}}}))
  expect(score).toMatchObject({state: 'failed', runs: [{message: 'test 0.9, not 0.73'}]})
})

test('a run without a score of the reference fails, and its scores are named', () => {
  const other = {other: {score: 0.7, n: 100}}
  for (const scores of [other, {}]) {
    const found = only(run(7, {row: {scores}}))
    expect(found).toMatchObject({state: 'failed', scores: []})
    expect(found.runs).toMatchObject([
      {seed: 7, passed: false, message: `no score "test"; found: ${'other' in scores ? 'other' : 'none'}`},
    ])
  }
  expect(only(run(3, {row: {scores: other}})).runs[0].message).toBe('no score "test"; found: other')
})

test('a correlation without a value counts as 0, with a warning', () => {
  const scores = {test: {score: Number.NaN, n: 100, metric: 'pearson' as const}}
  const found = only(run(7, {row: {scores}}))
  expect(found).toMatchObject({state: 'failed', scores: [{mean: 0, verdict: 'fallen'}]})
  expect(found.warnings).toContain('seed 7: test has no value and counts as 0')
})

test('numeric: other threads or processors, the same seed: losses stay within the envelope, scores are judged too', () => {
  const within = only(run(4, {environment: twoThreads, off: 5e-6}))
  expect(within).toMatchObject({state: 'passed', gates: ['numeric', 'statistical']})
  expect(within.runs[0].message).toBe('threads 2, not 1: losses within the envelope at 50 steps')
  const outside = only(run(4, {environment: twoThreads, off: 2e-5}))
  expect(outside).toMatchObject({state: 'failed', runs: [{gate: 'numeric', passed: false}]})
  expect(outside.runs[0].message).toMatch(/losses leave the envelope at step 1: .* allowed: 1\.0e-5/)
  const notANumber = run(4, {environment: twoThreads, off: Number.NaN})
  expect(only(notANumber)).toMatchObject({state: 'failed', gates: ['numeric', 'statistical']})
})

test('equal bits pass the exact gate in any environment, which is reported', () => {
  const far = only(run(4, {environment: {...elsewhere, threads: 2}}))
  expect(far).toMatchObject({state: 'passed', gates: ['exact'], warnings: []})
  expect(far.runs[0].message).toBe(
    'processor Intel Xeon (6.85.7), not AMD EPYC (25.17.1); threads 2, not 1; still, ' +
      'losses, trained parameters and scores are equal, bit for bit',
  )
})

test('an envelope of one processor does not fail a run on another one, which gets a warning', () => {
  expect(only(run(4, {environment: elsewhere, off: 1e-6}))).toMatchObject({
    gates: ['numeric', 'statistical'],
    warnings: [/power|3 sd/],
  })
  const outside = only(run(4, {environment: elsewhere, off: 1e-3}))
  expect(outside).toMatchObject({state: 'passed', gates: ['statistical']})
  expect(outside.warnings[0]).toMatch(
    /^seed 4: losses leave .* measured only on AMD EPYC \(25\.17\.1\), not on Intel Xeon/,
  )
  const both = buildReference([...five, ...twins, run(3, {environment: elsewhere, off: 1e-6})])
  for (const environment of [elsewhere, {...here, cpu: 'ARM Neoverse', simd: '0.0.1 neon'}])
    expect(only(run(4, {environment, off: 1e-3}), both), environment.cpu).toMatchObject({
      state: 'failed',
      gates: ['numeric', 'statistical'],
    })
})

test('the envelope never narrows with the steps, and allows for the rounding of a loss', () => {
  const boundsOf = (first: number) => {
    const losses = Array.from({length: 120}, (_, i) => (i === 0 ? first : 2 / (1 + i / 10)))
    const twin = run(0, {environment: twoThreads, trained: {losses}})
    return [...new Set(buildReference([...five, twin]).cells[0].envelope?.bounds)]
  }
  expect(boundsOf(2.001)).toEqual([0.01])
  expect(boundsOf(2)).toEqual([3.81e-6])
})

test('statistical: other seeds, gone checkpoints, no envelope; always with the reason', () => {
  const message = (facts: RunFacts, against = reference) => {
    const {gates, runs} = only(facts, against)
    expect(gates).toEqual(['statistical'])
    return runs[0].message
  }
  expect(message(run(7))).toBe('the reference lacks this seed')
  expect(message(run(3, {trained: 'gone'}))).toMatch(/checkpoints are gone/)
  expect(message(run(3, {environment: twoThreads, off: 1e-6}), buildReference(five))).toMatch(
    /threads 2, not 1.* no envelope/,
  )
  const low = {test: {score: 0.5, n: 100}}
  expect(verdict([7, 8, 9].map(seed => run(seed, {row: {scores: low}})))).toMatchObject({
    passed: false,
    cells: [{state: 'failed', scores: [{verdict: 'fallen'}]}],
  })
  const high = {test: {score: 1, n: 100}}
  const better = only(run(7, {row: {scores: high}}))
  expect(better.state).toBe('passed')
  expect(better.warnings.join()).toMatch(/is there a leak\?.*detects a drop of 3 sd in test with power 0\.\d\d/)
})

test('another recipe, model or data, and what is missing, never pass', () => {
  const state = (runs: readonly RunFacts[], options = {}) => {
    const {cells, passed} = compareRuns(runs, reference, options)
    return [passed, ...cells.map(({recipe, state}) => `${recipe} ${state}`)]
  }
  expect(state([run(0, {recipeHash: hash('other')})])).toEqual([false, 'tiny changed'])
  expect(state([run(0, {row: {modelRevision: 'bb'}})])).toEqual([false, 'tiny changed'])
  expect(state([run(9, {row: {dataRevision: 'ee'}})])).toEqual([false, 'tiny changed'])
  expect(state([])).toEqual([false, 'tiny absent'])
  expect(state([], {named: ['new']})).toEqual([false, 'new unknown'])
  expect(state([], {named: []})).toEqual([false])
  expect(state([run(0)], {unfinished: [{recipe: 'tiny', message: 'seed 1: lost'}]})).toEqual([false, 'tiny unfinished'])
  const deeper = {...reference, cells: reference.cells.map(cell => ({...cell, recipe: 'own/tiny'}))}
  const {cells} = compareRuns([], deeper, {unfinished: [{recipe: 'own-tiny', message: 'named by its folder'}]})
  expect(cells).toMatchObject([{recipe: 'own/tiny', state: 'unfinished'}])
  expect(state([run(0), run(0, {row: {recipe: 'new'}})])).toEqual([true, 'new unknown', 'tiny passed'])
  const left = [run(0), run(0, {recipeHash: hash('other')})]
  expect(state(left)).toEqual([true, 'tiny passed'])
  expect(compareRuns(left, reference).cells[0].warnings[0]).toMatch(/^left out, .*another recipe/)
  expect(state(left, {named: ['tiny']})).toEqual([false, 'tiny changed'])
})

test('a recipe that the reference lacks is an error where it was given by name, and skipped where it was found', () => {
  const forms = (checked: CheckResult) => [
    checkSuites(checked).map(({cases}) => cases[0].outcome)[0],
    checkAnnotations(checked, new Map())[0].level,
  ]
  expect(forms(compareRuns([], reference, {named: ['new']}))).toEqual(['error', 'error'])
  expect(forms(compareRuns([run(0), run(0, {row: {recipe: 'new'}})], reference))).toEqual(['skipped', 'warning'])
})

test('where each seed draws its data, a seed is compared with itself alone', () => {
  const drawn = (seed: number, changes: Changes = {}) =>
    run(seed, {drawsData: true, row: {dataRevision: `d${seed}`}, ...changes})
  const against = buildReference(seeds.map(seed => drawn(seed)))
  expect(only(drawn(3), against)).toMatchObject({state: 'passed', gates: ['exact']})
  expect(only(drawn(8), against)).toMatchObject({state: 'passed', gates: ['statistical']})
  expect(only(drawn(3, {row: {dataRevision: 'x'}}), against)).toMatchObject({state: 'changed'})
})

test('50 losses of a long run are stored, the first and the last among them', () => {
  expect(storedSteps(3)).toEqual([1, 2, 3])
  expect(storedSteps(1)).toEqual([1])
  const kept = storedSteps(1125)
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([50, 1, 1125])
})

test('a check that would miss a drop of three standard deviations is reported as weak', () => {
  const twenty = buildReference(Array.from({length: 20}, (_, seed) => run(seed)))
  const warningsOf = (...fresh: RunFacts[]) => compareRuns(fresh, twenty).cells[0].warnings
  expect(warningsOf(run(20), run(21), run(22))).toEqual([])
  expect(warningsOf(run(22))).toEqual([
    expect.stringMatching(/^1 new seed against 20 of the reference detects a drop of 3 sd in test with power 0\.[5-8]/),
  ])
})

test('a rise is warned of in points, as the line of the score has it', () => {
  const twenty = buildReference(Array.from({length: 20}, (_, seed) => run(seed)))
  const high = [20, 21, 22].map(seed => run(seed, {row: {scores: {test: {score: 1, n: 8}}}}))
  expect(compareRuns(high, twenty).cells[0].warnings).toEqual([
    expect.stringMatching(
      /^test: 100\.00 is significantly higher than the reference’s \d\d\.\d\d: something has changed;/,
    ),
  ])
})

test('if all seeds of the reference score the same, there is no warning about power', () => {
  const same = {row: {scores: {test: {score: 0.5, n: 8}}}}
  const equal = buildReference([0, 1, 2, 3, 4].map(seed => run(seed, same)))
  const {warnings} = compareRuns([run(7, same)], equal).cells[0]
  expect(warnings).toEqual(['test: all seeds of the reference score the same, so any fall is significant'])
})

test('two runs of one seed are two cases of JUnit, named by their folders, and count once in scores and summary', () => {
  const twice = [run(7), {...run(7, {environment: twoThreads}), folder: 'other/tiny-s7'}, run(8)]
  const checked = verdict(twice)
  expect(checkSuites(checked).map(({cases}) => cases.map(({name}) => name))).toEqual([
    ['seed 7, runs/tiny-s7', 'seed 7, other/tiny-s7', 'seed 8', 'test'],
  ])
  expect(checkSummary(checked).rows[0][3]).toBe('7 8')
  expect(checked.cells[0].scores).toMatchObject([{seeds: 2}])
})

test('a run whose sessions had different environments is held to the numeric gate', () => {
  const mixed = `its sessions differ: processor Intel Xeon (6.85.7), not AMD EPYC (25.17.1)`
  expect(only(run(1, {mixed})).runs[0]).toMatchObject({
    gate: 'exact',
    message: `${mixed}; still, losses, trained parameters and scores are equal, bit for bit`,
  })
  expect(only(run(1, {mixed, off: 1e-6})).runs[0]).toMatchObject({gate: 'numeric', passed: true})
  expect(only(run(1, {mixed, off: 1e-2})).runs[0]).toMatchObject({
    gate: 'statistical',
    warning: expect.stringContaining('but the envelope was measured only on AMD EPYC (25.17.1)'),
  })
})
