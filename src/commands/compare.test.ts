import {cpSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {VIT} from '../../test/models/classifiers.ts'
import {openImagePlace} from '../../test/support/classify-workplace.ts'
import {exampleRow} from '../../test/support/rows.ts'
import {enterWorkplace, svft, tinyRecipe, writeRecipe} from '../../test/support/workplace.ts'
import {readRecipe} from '../recipes/file/read.ts'
import {run} from '../recipes/run.ts'
import {writeResults} from '../results/results-file.ts'

let folder: string
const at: Record<string, string> = {}
beforeAll(async () => {
  folder = await enterWorkplace()
  const lora = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj']}
  for (const seed of [1, 2, 3]) {
    at[`svft${seed}`] = (await run({...(await tinyRecipe(folder)), name: 'suite/svft', seed})).folder
    at[`lora${seed}`] = (await run({...(await tinyRecipe(folder, {adapter: lora})), name: 'suite/lora', seed})).folder
  }
  answer(at.lora1, [
    ['The answer is: 9', 9],
    ['The answer is: 10\u001b[2J', 10],
    ['The answer is: 4', 4],
  ])
}, 60_000)

/** Writes other answers into a run's predictions, and its score into its row. */
function answer(path: string, answers: readonly (readonly [output: string, extracted: number])[]): void {
  const lines = readFileSync(join(path, 'predictions-test.jsonl'), 'utf8').trim().split('\n')
  const predictions = lines.map((line, i) => {
    const {gold, ...rest} = JSON.parse(line)
    const [output, extracted] = answers[i]
    return {...rest, output, extracted, gold, correct: extracted === gold}
  })
  writeFileSync(join(path, 'predictions-test.jsonl'), predictions.map(one => `${JSON.stringify(one)}\n`).join(''))
  writeScore(path, predictions.filter(({correct}) => correct).length / predictions.length)
}

function writeScore(path: string, score: number): void {
  const row = JSON.parse(readFileSync(join(path, 'row.json'), 'utf8'))
  writeFileSync(join(path, 'row.json'), JSON.stringify({...row, scores: {test: {...row.scores.test, score}}}))
}

const compare = async (...args: string[]) => JSON.parse((await svft(folder, ['compare', ...args, '--json'])).stdout)

test('two runs are compared by settings, score, items and losses', async () => {
  const {result} = await compare(at.svft1, `${basename(at.lora1)}/`)
  expect(result.a).toMatchObject({name: basename(at.svft1), method: 'svft', seeds: [1], runs: [at.svft1]})
  expect(result.differences).toContainEqual({key: 'adapter.method', a: 'svft', b: 'lora'})
  expect(result.differences).toContainEqual({key: 'adapter.rank', b: 2})
  expect(result.differences.map(({key}: {key: string}) => key)).not.toContain('train.lr')
  const [split] = result.splits
  expect(split).toMatchObject({split: 'test', metric: 'accuracy', n: 3, test: 'McNemar, one seed each', p: 0.5})
  expect(split).toMatchObject({difference: -2 / 3, a: {mean: 0}, b: {mean: 2 / 3}})
  expect(split.flipped).toMatchObject([
    {index: 0, right: 'b', gold: 9, a: {share: 0}, b: {share: 1, answer: 9, output: 'The answer is: 9'}},
    {index: 1, right: 'b', gold: 10},
  ])
  expect(split.flipped[0].prompt).toContain('How many cups?')
  expect(result.losses.a).toHaveLength(4)
  expect(result.losses.b[3].step).toBe(4)
})

test('the text fits 80 columns, shows as many items as asked for, and escapes what models wrote', async () => {
  const {stdout, stderr, exitCode} = await svft(folder, ['compare', at.svft1, at.lora1])
  const one = await svft(folder, ['compare', at.svft1, at.lora1, '--items', '1'])
  expect({stderr, exitCode}).toEqual({stderr: '', exitCode: 0})
  expect(stdout).not.toContain('\u001b')
  expect(stdout).toContain('    b ✓ 10  The answer is: 10\\u001b[2J')
  expect(stdout).toMatch(/\nadapter\.method +svft +lora\n/)
  expect(stdout).toContain('\n  a − b  −66.7 ± 65.3, p = 0.50: not significantly different\n')
  expect(stdout).toContain('\n  2 items flipped: 0 right in a alone, 2 right in b alone\n')
  expect(stdout).toMatch(/\n {2}a {2}\d\.\d+ [▁-█]{4} \d\.\d+\n {2}b {2}\d\.\d+ [▁-█]{4} \d\.\d+$/)
  expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)
  expect(one.stdout).toContain('  and 1 more: --items 2, or --json')
  expect(one.stdout).not.toContain('item 1 ')
})

test('a recipe, by its file or name, stands for its runs of all seeds', async () => {
  const lora = writeRecipe(
    folder,
    {name: 'suite/lora', adapter: {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj']}},
    'lora.yaml',
  )
  const {result} = await compare('suite/svft', lora)
  expect(result.a).toMatchObject({name: 'suite/svft', seeds: [1, 2, 3]})
  expect(result.b).toMatchObject({name: 'suite/lora', seeds: [1, 2, 3]})
  expect(result.splits[0]).toMatchObject({test: 'paired by items', a: {seeds: 3}, flipped: []})
  expect(result.differences.map(({key}: {key: string}) => key)).not.toContain('seed')

  const setting = {adapter: {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj']}}
  const copy = (await run({...(await tinyRecipe(folder, setting)), name: 'a/copy', seed: 4})).folder
  const beside = await compare('suite/svft', lora)
  rmSync(copy, {recursive: true})
  expect(beside.result.b).toMatchObject({name: 'suite/lora', seeds: [1, 2, 3]})
  expect(beside.warnings).toContainEqual(expect.stringMatching(/a\/copy: left out; it is the recipe of suite\/lora/))
})

test('a map that one side lacks is one difference, and how a side was tuned is none', async () => {
  const none = {adapter: {method: 'none'}, train: undefined}
  const base = await run({...(await tinyRecipe(folder, none)), name: 'suite/base', seed: 1})
  const over = {'train.lr': {from: 0.001, to: 0.1, spacing: 'log'}}
  const grid = {strategy: 'grid', over, trials: 2, failed: 0, seeds: [1], split: 'validation'}
  const file = join(at.svft2, 'recipe.json')
  const recipe = {...JSON.parse(readFileSync(file, 'utf8')), search: {...grid, metric: 'accuracy', best: 0.5, worst: 0}}
  writeFileSync(file, JSON.stringify(recipe))
  const {stdout, stderr} = await svft(folder, ['compare', base.folder, at.svft2])
  expect(stderr).toBe('')
  expect(stdout).toMatch(/\ntrain\n {2}a {2}–\n {2}b {2}\{lr: .*steps: 4,/)
  expect(stdout).not.toContain('train.')
  expect(stdout).not.toContain('search')
})

test('the classes of own data are shown by their names', async () => {
  const classes = (path: string, predicted: readonly number[]) => {
    const lines = predicted.map(
      (value, index) => `${JSON.stringify({index, label: 2, predicted: value, logits: [null, 0]})}\n`, // of svft 0.2
    )
    writeFileSync(join(path, 'predictions-test.jsonl'), lines.join(''))
    writeFileSync(join(path, 'classes.json'), JSON.stringify(['maybe', 'no', 'yes']))
  }
  const [a, b] = ['svft3', 'lora3'].map(name => {
    const path = join(folder, 'classes', `${name}-01234567-s3`)
    cpSync(at[name], path, {recursive: true})
    return path
  })
  classes(a, [2, 2, 0])
  classes(b, [2, 0, 2])
  for (const path of [a, b]) writeScore(path, 2 / 3)
  const {stdout} = await svft(folder, ['compare', a, b])
  expect(stdout).toContain('\n  item 1  gold yes: a ✓ yes, b ✗ maybe\n')
  expect(stdout).toContain('\n  item 2  gold yes: a ✗ maybe, b ✓ yes\n')
  const {result} = await compare(a, b)
  expect(result.splits[0].flipped[0]).toMatchObject({gold: 'yes', a: {answer: 'yes'}, b: {answer: 'maybe'}})
})

test('predictions that contradict their row are left out with a warning', async () => {
  const path = join(folder, 'flipped', basename(at.lora1))
  cpSync(at.lora1, path, {recursive: true})
  writeScore(path, 1 / 3)
  const {result, warnings} = await compare(at.svft1, path)
  expect(warnings).toEqual([
    expect.stringMatching(
      /^left out the predictions: .*predictions-test\.jsonl: accuracy 0\.6\d*; row\.json beside it has 0\.3/,
    ),
  ])
  expect(result.splits[0]).toMatchObject({test: 'unpaired', difference: -1 / 3})
  expect(result.splits[0]).not.toHaveProperty('flipped')
})

test('sides that were tuned with different effort are compared with a warning', async () => {
  const rows = [2, 3].map(
    trials => `grid of ${trials} trials × 1 seed by validation accuracy: train.lr 0.001 to 0.1 (log)`,
  )
  const [a, b] = ['svft3', 'lora3'].map((name, i) => {
    const path = join(folder, 'tuned', `${name}-01234567-s3`)
    cpSync(at[name], path, {recursive: true})
    const row = JSON.parse(readFileSync(join(path, 'row.json'), 'utf8'))
    writeFileSync(join(path, 'row.json'), JSON.stringify({...row, search: rows[i]}))
    return path
  })
  expect((await svft(folder, ['compare', a, b])).stderr).toBe(
    'warning: a and b were not tuned alike, so the difference may come from the tuning: a: grid of 2 trials × 1 seed; b: grid of 3 trials × 1 seed',
  )
  expect((await compare(a, at.lora3)).warnings).toEqual([
    expect.stringContaining('a: grid of 2 trials × 1 seed; b: not tuned'),
  ])
  expect((await compare(a, a)).warnings).toEqual([])
})

test('a run is compared with itself without a difference', async () => {
  const {stdout} = await svft(folder, ['compare', at.lora1, at.lora1])
  expect(stdout).toContain('the recipes do not differ')
  expect(stdout).toContain('0 items flipped')
  expect(stdout).toContain('p = 1.0')
})

test('rows without folders are compared by what they record', async () => {
  const {stdout, exitCode} = await svft(folder, ['compare', 'gsm8k/mini/svft-plain', 'gsm8k/mini/lora-r8'])
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/\nmethod +svft +lora\n/)
  expect(stdout).toContain('test: unpaired')
  expect(stdout).not.toContain('training loss')
})

test('other tasks and other data are refused by name, and what is not there is named', async () => {
  const other = (name: string, change: (path: string) => void) => {
    const path = join(folder, 'changed', name)
    mkdirSync(join(folder, 'changed'), {recursive: true})
    cpSync(at.svft1, path, {recursive: true})
    change(path)
    return path
  }
  const edit = (path: string, file: string, from: string | RegExp, to: string) =>
    writeFileSync(join(path, file), readFileSync(join(path, file), 'utf8').replace(from, to))
  const task = other('task-01234567-s1', path => edit(path, 'recipe.json', '"gsm8k"', '"math"'))
  const data = other('data-01234567-s1', path => {
    edit(path, 'row.json', /"dataRevision": "\w+"/, '"dataRevision": "0123456789ab"')
    edit(path, 'predictions-test.jsonl', '"gold":9', '"gold":8')
  })
  const fewer = other('fewer-01234567-s1', path => edit(path, 'row.json', '"n": 3', '"n": 2'))
  const open = other('open-01234567-s1', path => rmSync(join(path, 'row.json')))
  const refusals = []
  for (const path of [task, data, fewer, open, 'suite/lroa', 'nothing'])
    refusals.push(await svft(folder, ['compare', at.svft1, path]))
  const [a] = [basename(at.svft1)]
  expect(refusals.map(({exitCode, stderr}) => [exitCode, stderr])).toEqual([
    [2, `${a} and task-01234567-s1 cannot be compared: different tasks: gsm8k and math`],
    [2, `${a} and data-01234567-s1 cannot be compared: test has different data: item 0 is not the same`],
    [2, `${a} and fewer-01234567-s1 cannot be compared: test has different data: 3 and 2 items`],
    [1, `${open}: the run has not finished; svft run resumes it`],
    [2, 'suite/lroa: no run, recipe file or recipe with results; did you mean suite/lora?'],
    [2, 'nothing: no run, recipe file or recipe with results; svft runs lists runs, svft list recipes'],
  ])
  const recipe = writeRecipe(folder, {name: 'suite/svft', train: {lr: 0.5}}, 'faster.yaml')
  const {stderr, exitCode} = await svft(folder, ['compare', at.svft1, recipe])
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(
    /faster\.yaml: no finished run of this recipe in runs; its runs with other settings are compared by their names: suite\/svft/,
  )
})

test('rows of other tasks are refused without their recipes', async () => {
  const rows = ['rte', 'mrpc'].map(task => exampleRow({recipe: `pairs/${task}`, task}))
  await writeResults('results/pairs.csv', rows)
  const {stderr, exitCode} = await svft(folder, ['compare', 'pairs/rte', 'pairs/mrpc'])
  expect([exitCode, stderr]).toEqual([2, 'pairs/rte and pairs/mrpc cannot be compared: different tasks: rte and mrpc'])
})

test('runs that are scored by perplexity are compared by it, text by text, and refused if the texts differ', async () => {
  const plain = async (name: string, changes: object) => {
    const data = {train: 'train.jsonl', columns: {text: 'response'}, test: {test: 'test.jsonl'}}
    const evaluate = {maxNewTokens: undefined, maxTokens: 8}
    return (await run({...(await tinyRecipe(folder, {task: 'text', data, evaluate, ...changes})), name})).folder
  }
  const [slow, fast] = [await plain('slow', {}), await plain('fast', {train: {lr: 0.1}})]
  const {result} = await compare(slow, fast)
  const [split] = result.splits
  expect(split).toMatchObject({metric: 'inverse-perplexity', test: 'paired by items'})
  expect(split.flipped).toBeUndefined()
  const {stdout} = await svft(folder, ['compare', slow, fast])
  expect(stdout).toMatch(/\ntest: perplexity, lower is better \[95 % confidence interval\], n = \d+\n {2}a +\d/)
  expect(stdout).toMatch(/\n {2}a − b {2}[+−]?0\.\d*[1-9]\d* ± 0\.\d+ in 100 \/ perplexity, p /)

  const data = {train: 'train.jsonl', columns: {text: 'response'}, test: {test: 'test.jsonl'}, pack: false}
  const evaluate = {maxNewTokens: undefined, maxTokens: 64}
  const documents = await plain('documents', {data, evaluate})
  const short = await plain('short', {data, evaluate: {...evaluate, maxTokens: 4}})
  const questions = await plain('questions', {data: {...data, columns: {text: 'query'}}, evaluate})
  writeFileSync('longer.jsonl', readFileSync('test.jsonl', 'utf8').replaceAll('####', 'It'))
  const longer = await plain('longer', {data: {...data, test: {test: 'longer.jsonl'}}, evaluate})
  writeFileSync('other.jsonl', readFileSync('test.jsonl', 'utf8').replaceAll('+2=', '+3='))
  const others = await plain('others', {data: {...data, test: {test: 'other.jsonl'}}, evaluate})
  for (const [other, reason] of [
    [short, 'test is read with different evaluate.maxTokens, and perplexities are those of its tokens'],
    [questions, 'test is read with different data.columns, '],
    [longer, 'test has different tokens: item 0 has '],
    [others, 'test has different tokens: item 0 is not the same'],
  ]) {
    const refused = await svft(folder, ['compare', documents, other])
    expect(refused).toMatchObject({exitCode: 2, stderr: expect.stringContaining(`cannot be compared: ${reason}`)})
  }

  rmSync(join(fast, 'predictions-test.jsonl'))
  expect((await compare(slow, fast)).result.splits[0].test).toBe('unpaired')
  const row = JSON.parse(readFileSync(join(fast, 'row.json'), 'utf8'))
  const {se: _, ...score} = row.scores.test
  writeFileSync(join(fast, 'row.json'), JSON.stringify({...row, scores: {test: score}}))
  const reason =
    'cannot be compared: test: not all rows record a standard error of perplexity above 0, and there is no formula for it, '
  expect((await svft(folder, ['compare', slow, fast])).stderr).toContain(reason)
})

test('classifiers that were scored on other texts are refused, although all labels are equal', async () => {
  const write = (file: string, noun: string) =>
    writeFileSync(
      join(folder, file),
      ['text,label', ...Array.from({length: 12}, (_, i) => `the ${noun} of ${i},${i % 2}`), ''].join('\n'),
    )
  for (const noun of ['cat', 'dog']) write(`${noun}.csv`, noun)
  const classify = async (name: string, data: object) => {
    const own = {
      name,
      task: 'text-classification',
      model: join(import.meta.dirname, '../../models/deberta-mini'),
      data,
      adapter: {method: 'head'},
      train: {lr: 0.01, steps: 1, batch: 4, maxTokens: 16},
    }
    writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(own))
    return (await run((await readRecipe(join(folder, `${name}.yaml`))).recipe)).folder
  }
  const cats = await classify('cats', {train: 'cat.csv', test: {test: 'cat.csv'}})
  const dogs = await classify('dogs', {train: 'cat.csv', test: {test: 'dog.csv'}})
  const same = await classify('same', {train: 'dog.csv', test: {test: 'cat.csv'}})
  const cut = await classify('cut', {train: 'cat.csv', split: {test: 0.5}})
  const otherCut = await classify('other-cut', {train: 'cat.csv', split: {test: 0.5, seed: 1}})

  const reason = (...runs: string[]) => svft(folder, ['compare', ...runs]).then(({stderr}) => stderr)
  expect(await reason(cats, dogs)).toContain('cannot be compared: test has different data: item 0 is not the same')
  expect(await reason(cut, otherCut)).toMatch(/cannot be compared: test has different data: item \d is not the same/)
  expect((await compare(cats, same)).result.splits[0].test).toBe('McNemar, one seed each')
})

test('flipped images are named by their files, or by numbers alone once these are gone', async () => {
  const place = await openImagePlace(VIT)
  const classify = async (name: string, train: object) => {
    const data = {train: join(place, 'train'), test: {test: join(place, 'test')}}
    const recipe = await tinyRecipe(place, {task: 'images', data, adapter: {method: 'head'}, train})
    return (await run({...recipe, name})).folder
  }
  const [short, long] = [await classify('short', {steps: 1, lr: 1e-4}), await classify('long', {steps: 60, lr: 0.05})]
  const {result} = await compare(short, long)
  const [{flipped}] = result.splits
  expect(flipped.length).toBeGreaterThan(0)
  for (const {gold, prompt} of flipped) expect(prompt).toMatch(new RegExp(`/test/${gold}/\\d\\.png$`))
  rmSync(join(place, 'test/red'), {recursive: true})
  const later = await compare(short, long)
  expect(later.result.splits[0].flipped.map(({prompt}: {prompt?: string}) => prompt)).toEqual(
    flipped.map(() => undefined),
  )
})
