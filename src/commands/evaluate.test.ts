import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {enterWorkplace, svft, tinyRecipe} from '../../test/support/workplace.ts'
import {withLock} from '../base/lock.ts'
import {rescore} from '../exchange/rescore.ts'
import {run} from '../recipes/run.ts'

let folder: string
let at: string
beforeAll(async () => {
  folder = await enterWorkplace()
  at = (await run(await tinyRecipe(folder, {adapter: {method: 'none'}}))).folder
})

const predictions = () => join(at, 'predictions-test.jsonl')
const csv = () => readFileSync(join(folder, 'results/tiny.csv'), 'utf8').split('\n')

test('the saved predictions are scored again; the row and the results file follow', async () => {
  const kept = readFileSync(predictions(), 'utf8')
  const lines = kept
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const [first, ...others] = lines.map((line, i) => ({...line, output: `The answer is: ${[9, 10, 0][i]}`}))
  writeFileSync(predictions(), [first, ...others].map(line => `${JSON.stringify(line)}\n`).join(''))

  const [json, text] = [await svft(folder, ['evaluate', at, '--json']), await svft(folder, ['evaluate', at])]
  expect(json).toMatchObject({exitCode: 0, stderr: ''})
  expect((await svft(folder, ['evaluate', basename(at)])).stdout).toBe(text.stdout)
  expect((await svft(folder, ['evaluate', 'tiny', '--json'])).stdout).toContain('"already": true')
  expect(JSON.parse(String(json.stdout))).toMatchObject({
    status: 0,
    result: {
      metrics: {gsm8k: 2 / 3},
      n: 3,
      already: true,
      row: {seed: 42, scores: {test: {score: 2 / 3, n: 3}}},
      before: {test: {score: 0, n: 3}},
      results: 'results/tiny.csv',
    },
  })
  expect(text.stdout).toContain('66.7')
  expect(csv()[1]).toMatch(/^tiny,gsm8k,none,,0,0\.66/)
  expect(readFileSync(predictions(), 'utf8').match(/"extracted":.*?,"gold"|"correct":\w+/g)).toEqual([
    '"extracted":9,"gold"',
    '"correct":true',
    '"extracted":10,"gold"',
    '"correct":true',
    '"extracted":0,"gold"',
    '"correct":false',
  ])
  expect(readdirSync(at).filter(name => name.startsWith('lock'))).toEqual([])

  writeFileSync(predictions(), kept)
  expect((await rescore(at)).row.scores.test.score).toBe(0)
  expect(csv()[1]).toMatch(/^tiny,gsm8k,none,,0,0,3,/)
})

test('other scorers score the saved predictions, their disagreements are listed, and the row does not change', async () => {
  const kept = readFileSync(predictions(), 'utf8')
  const row = readFileSync(join(at, 'row.json'), 'utf8')
  const outputs = ['The answer is: 9 cups', 'The answer is: 10.', 'The answer is: 0']
  const lines = kept
    .trim()
    .split('\n')
    .map((line, i) => JSON.stringify({...JSON.parse(line), output: outputs[i]}))
  writeFileSync(predictions(), `${lines.join('\n')}\n`)

  const [json, text] = await Promise.all([
    svft(folder, ['evaluate', at, '--scorer', 'strict', '--json']),
    svft(folder, ['evaluate', at, '--scorer', 'exact']),
  ])
  const {result} = JSON.parse(String(json.stdout))
  expect(result).toMatchObject({scorer: 'strict', metrics: {gsm8k: 1 / 3}})
  expect(result.scores).toEqual({
    paper: {test: {score: 2 / 3, n: 3, metric: 'accuracy'}},
    strict: {test: {score: 1 / 3, n: 3, metric: 'accuracy'}},
    exact: {test: {score: 0, n: 3, metric: 'accuracy'}},
  })
  expect(result.disagreements).toEqual([
    {
      split: 'test',
      index: 0,
      output: outputs[0],
      gold: 9,
      judged: {
        paper: {extracted: 9, correct: true},
        strict: {correct: false},
        exact: {extracted: '9 cups', correct: false},
      },
    },
    {
      split: 'test',
      index: 1,
      output: outputs[1],
      gold: 10,
      judged: {
        paper: {extracted: 10, correct: true},
        strict: {extracted: 10, correct: true},
        exact: {extracted: '10.', correct: false},
      },
    },
  ])
  expect(text.stdout).toMatchInlineSnapshot(`
    "tiny by scorer exact: gsm8k 0.0

          paper  strict  exact
    test   66.7    33.3    0.0

    scorers disagree on 2 items:
    test 0  gold 9   paper ✓ 9   strict ✗ none  exact ✗ 9 cups  …The answer is: 9 cups
    test 1  gold 10  paper ✓ 10  strict ✓ 10    exact ✗ 10.     …The answer is: 10."
  `)
  expect(readFileSync(join(at, 'row.json'), 'utf8')).toBe(row)
  writeFileSync(predictions(), kept)
})

test('an unreadable row of another run is a warning', async () => {
  mkdirSync(join(folder, 'runs/other'))
  writeFileSync(join(folder, 'runs/other/row.json'), '{')
  expect((await rescore(at)).warnings).toEqual([`left out ${folder}/runs/other/row.json: not JSON`])
  rmSync(join(folder, 'runs/other'), {recursive: true})
})

test('a folder that is not a finished run is refused', async () => {
  mkdirSync(join(folder, 'runs/unfinished'))
  mkdirSync(join(folder, 'elsewhere'))
  const refused = (path: string) => expect(rescore(join(folder, path))).rejects
  await refused('runs/none').toThrow(`${folder}/runs/none: no such file or folder`)
  await refused('elsewhere').toThrow(`${folder}/elsewhere: not a run in ${folder}/runs`)
  await refused('runs/unfinished').toThrow(`${folder}/runs/unfinished/recipe.json: no such file or folder`)
  writeFileSync(join(folder, 'runs/unfinished/recipe.json'), '{"task": "gsm8k"}')
  await refused('runs/unfinished').toThrow(`unfinished/recipe.json: not a recipe as svft run writes it: model`)
  writeFileSync(join(folder, 'runs/unfinished/recipe.json'), readFileSync(join(at, 'recipe.json')))
  await refused('runs/unfinished').toThrow('runs/unfinished: the run has not finished; svft run resumes it')
  await withLock(join(folder, 'runs/unfinished'), () =>
    refused('runs/unfinished').toThrow('the run has not finished; a process is at work on it, so wait for it'),
  )
  writeFileSync(join(folder, 'runs/unfinished/failed.json'), '{"kind": "diverged", "message": "the loss is NaN"}')
  await refused('runs/unfinished').toThrow('runs/unfinished: the run failed: the loss is NaN')
})

test('a run on a larger disk, by its link in runs/, and a link to a run there are scored', async () => {
  const disk = join(folder, 'disk')
  renameSync(at, disk)
  symlinkSync(disk, at)
  expect((await rescore(at)).row.recipe).toBe('tiny')
  await expect(rescore(disk)).rejects.toThrow(
    `${disk}: not a run in ${folder}/runs; svft evaluate writes to results/ beside runs/, so call it in the folder whose ` +
      'runs/ has this run, or add --scorer, which writes nothing',
  )
  const elsewhere = await svft(folder, ['evaluate', disk, '--scorer', 'strict'])
  expect([elsewhere.exitCode, elsewhere.stdout]).toEqual([0, expect.stringMatching(/^tiny by scorer strict: /)])
  rmSync(at)
  renameSync(disk, at)
  symlinkSync(at, join(folder, 'latest'))
  expect((await rescore('latest')).row.recipe).toBe('tiny')
})

test('incomplete or malformed predictions are named', async () => {
  const kept = readFileSync(predictions(), 'utf8')
  writeFileSync(predictions(), `${kept.split('\n')[0]}\n`)
  await expect(rescore(at)).rejects.toThrow(`${predictions()}: 3 predictions expected, found 1`)
  rmSync(predictions())
  await expect(rescore(at)).rejects.toThrow(`${predictions()}: missing or empty; 3 predictions expected, `)
  const [first, second, third] = kept.trim().split('\n')
  const put = (...lines: string[]) => writeFileSync(predictions(), `${lines.join('\n')}\n`)
  put(first, second, second)
  await expect(rescore(at)).rejects.toThrow(/: 3 predictions expected, one per item from 0; none is for item 2$/)
  put(first, second, third, third)
  await expect(rescore(at)).rejects.toThrow(/: 3 predictions expected, found 4$/)
  put(first, JSON.stringify({...JSON.parse(second), gold: 'x'}), third)
  const mixed = `${predictions()}: gold answers must be of one type; found a number in item 0 and a string in item 1`
  await expect(rescore(at)).rejects.toThrow(mixed)
  expect((await svft(folder, ['evaluate', at, '--scorer', 'exact'])).stderr).toBe(mixed)
  writeFileSync(predictions(), '{"index": 0}\n')
  await expect(rescore(at)).rejects.toThrow(`${predictions()}:1: not a prediction; its fields: index`)
  writeFileSync(predictions(), kept)
})
