import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {parse} from 'yaml'
import {openStream} from '../../test/support/terminal-stream.ts'
import {openWorkplace, svft, writeRecipe} from '../../test/support/workplace.ts'
import {openReporter} from '../launch/reporter.ts'
import {openDisplay} from '../sweep/display.ts'

// A stranger's recipe, run, results and names of files, with text that would drive a terminal.

const ESCAPE = '\u001b'
/** Sets the title, rings, clears the screen as C1, reverses what follows, and deletes. */
const HOSTILE = 'x\u001b]0;pwn\u0007\u009b2J\u202ey\u007f'
/** Characters that must not reach the terminal: all control characters but newlines and tabs, and bidirectional controls. */
const PASSES = /[^\P{Cc}\n\t]|\p{Bidi_Control}/u
const RECIPE = `${HOSTILE}.yaml`
const RUN = `runs/${HOSTILE}`
const RESULTS = `results/${HOSTILE}.csv`

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  writeRecipe(folder, {model: HOSTILE, data: {train: HOSTILE, test: {test: HOSTILE}}}, RECIPE)
  writeRecipe(folder, {model: {hub: `a/${HOSTILE}`}, [HOSTILE]: HOSTILE}, 'faults.yaml')
  writeRecipe(folder, {adapter: {method: 'svft', pattern: HOSTILE, targets: [HOSTILE]}}, 'values.yaml')
  writeRecipe(folder, {adapter: {method: 'lora', rank: 1, targets: [HOSTILE]}}, 'targets.yaml')
  writeFileSync(join(folder, 'broken.yaml'), `task: [${HOSTILE}\n&${HOSTILE}`)
  writeFileSync(join(folder, 'deceiving.jsonl'), `${HOSTILE}\n`)
  writeRecipe(folder, {data: {train: 'deceiving.jsonl', test: {test: 'test.jsonl'}}}, 'data.yaml')
  mkdirSync(join(folder, RUN), {recursive: true})
  for (const name of ['row.json', 'recipe.json', 'adapter_config.json'])
    writeFileSync(join(folder, RUN, name), JSON.stringify({recipe: HOSTILE, model: HOSTILE, [HOSTILE]: HOSTILE}))
  mkdirSync(join(folder, 'results'))
  writeFileSync(join(folder, RESULTS), `recipe,method,${HOSTILE}\n${HOSTILE},svft,${HOSTILE}\n`)
})

const RECIPES = [RECIPE, 'faults.yaml', 'values.yaml', 'targets.yaml', 'broken.yaml']
const eachRecipe = (...words: string[]) => RECIPES.map(file => [...words, file])

/** The arguments of every command that are tried, all of them hostile. */
const COMMANDS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  ask: [
    ['ask', RUN, HOSTILE],
    ['ask', HOSTILE, HOSTILE],
  ],
  audit: [
    ['audit', HOSTILE],
    ['audit', '--model', HOSTILE],
  ],
  bless: [['bless', RECIPE, '--out', HOSTILE]],
  'cache free': [['cache', 'free', HOSTILE]],
  cache: [['cache', HOSTILE]],
  check: [
    ['check', RUN, '--against', RESULTS],
    ['check', RECIPE, '--against', RESULTS, '--ci', 'github'],
  ],
  collect: [
    ['collect', RUN],
    ['collect', 'runs'],
  ],
  compare: [
    ['compare', RUN, RUN],
    ['compare', RECIPE, HOSTILE],
    ['compare', HOSTILE, RUN],
  ],
  conflicts: [['conflicts', HOSTILE]],
  demo: [['demo', RUN]],
  doctor: [['doctor', HOSTILE]],
  'engine install': [['engine', 'install', HOSTILE]],
  'engine list': [['engine', 'list', HOSTILE]],
  evaluate: [
    ['evaluate', RUN],
    ['evaluate', HOSTILE],
  ],
  export: [['export', RUN, '--out', 'out']],
  'export k8s': [['export', 'k8s', RECIPE, '--out', 'k8s']],
  'export shell': [['export', 'shell', RECIPE, '--out', 'shell']],
  'export skypilot': [['export', 'skypilot', RECIPE, '--out', 'sky']],
  'export snakemake': [['export', 'snakemake', RECIPE, '--out', 'snake']],
  fetch: [...eachRecipe('fetch'), ['fetch', '--dry-run', RECIPE]],
  list: [
    ['list', '.'],
    ['list', '--model', HOSTILE],
  ],
  logs: [
    ['logs', RUN],
    ['logs', HOSTILE],
  ],
  merge: [
    ['merge', RUN, '--out', 'merged'],
    ['merge', RUN, '--out', HOSTILE, '--dtype', HOSTILE],
  ],
  new: [
    ['new', RECIPE, `${HOSTILE}-new.yaml`],
    ['new', 'values.yaml', 'new.yaml'],
  ],
  params: eachRecipe('params'),
  plan: [...eachRecipe('plan'), ['plan', ...RECIPES]],
  report: [
    ['report', RESULTS, '--out', 'out-report'],
    ['report', 'results', '--out', HOSTILE],
  ],
  run: [...eachRecipe('run'), ...eachRecipe('run', '--dry-run'), ['run', RECIPE, '--set', `train.lr=${HOSTILE}`]],
  runs: [['runs'], ['runs', '.'], ['runs', HOSTILE]],
  schema: [['schema', HOSTILE]],
  show: eachRecipe('show'),
  sweep: [...eachRecipe('sweep', '--dry-run'), ['sweep', 'targets.yaml', 'data.yaml', '--slurm', HOSTILE]],
  tune: [
    ...eachRecipe('tune', '--over', 'train.lr=1..2', '--trials', '2', '--dry-run'),
    ['tune', 'values.yaml', '--over', HOSTILE, '--trials', '2'],
  ],
  version: [['version', HOSTILE]],
  watch: [['watch', HOSTILE]],
}

test('every command is in the table', () => {
  const files = readdirSync(import.meta.dirname, {recursive: true, encoding: 'utf8'}).filter(name =>
    /(?<!test)\.ts$/.test(name),
  )
  const commands = files
    .filter(name => readFileSync(join(import.meta.dirname, name), 'utf8').includes('export default class'))
    .map(name => name.replace(/(\/index)?\.ts$/, '').replace('/', ' '))
  expect(Object.keys(COMMANDS).sort()).toEqual(commands.sort())
})

test.each(Object.keys(COMMANDS))(
  'svft %s: hostile text does not reach the terminal unescaped',
  async name => {
    for (const args of COMMANDS[name]) {
      for (const form of [[], ['--json']]) {
        const {stdout, stderr} = await svft(folder, [...args, ...form])
        expect(`${stdout}${stderr}`, args.join(' ')).not.toBe('')
        expect(`${stdout}${stderr}`, args.join(' ')).not.toMatch(PASSES)
      }
    }
  },
  120_000,
)

test('unknown words are escaped before they are printed', async () => {
  for (const args of [[HOSTILE], ['help', HOSTILE], ['run', `--${HOSTILE}`], ['autocomplete', HOSTILE]]) {
    const {stdout, stderr, exitCode} = await svft(folder, args)
    expect(exitCode).not.toBe(0)
    expect(`${stdout}${stderr}`).not.toMatch(PASSES)
  }
})

test('svft show prints a recipe that reads back as the same values', async () => {
  const [yaml, json] = [await svft(folder, ['show', RECIPE]), await svft(folder, ['show', RECIPE, '--json'])]
  expect(parse(yaml.stdout).model.path).toBe(HOSTILE)
  expect(parse(yaml.stdout).data.test).toEqual({test: HOSTILE})
  expect(JSON.parse(json.stdout).result.recipe.data.test).toEqual({test: expect.stringContaining(HOSTILE)})
})

test.each([true, false])('the screens of a run and of a sweep escape foreign text (a terminal: %s)', isTTY => {
  const {sink: stream, text} = openStream({isTTY, columns: 200})
  const reporter = openReporter({name: HOSTILE}, {stream, warn: () => {}})
  reporter.onEvent({type: 'training', params: 1, from: 0, steps: 9})
  reporter.onEvent({type: 'epoch', step: 1, split: HOSTILE, score: 0.5, best: true})
  reporter.onEvent({type: 'progress', what: HOSTILE, done: 1, total: 2})
  reporter.onEvent({type: 'answers', split: HOSTILE, done: 1, total: 2, correct: 0, tokens: 3})
  reporter.stop()
  const display = openDisplay({stream, shares: new Map([[HOSTILE, 1]])})
  display.show({type: 'note', text: HOSTILE})
  display.show({type: 'state', label: HOSTILE, report: {state: 'running'}})
  display.show({type: 'run', label: HOSTILE, event: {type: 'progress', what: HOSTILE, done: 1, total: 2}})
  display.show({
    type: 'state',
    label: HOSTILE,
    report: {state: 'failed', folder: HOSTILE, failure: {kind: 'failed', message: HOSTILE, lines: [HOSTILE]}},
  })
  display.stop()
  const shown = text()
  expect(shown).toContain('\\u001b]0;pwn\\u0007')
  const ours = new RegExp(`${ESCAPE}\\[[\\d;]*[A-Zm]|\\r`, 'g') // moves, erases, colours
  expect(shown.replace(ours, '')).not.toMatch(PASSES)
})
