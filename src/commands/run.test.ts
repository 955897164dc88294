import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {beforeAll, expect, test} from 'vitest'
import {preload} from '../../test/support/preload.ts'
import {copyWorkplace, openWorkplace, spawnSvft, svft, writeLines, writeRecipe} from '../../test/support/workplace.ts'

// Whole commands; those that get signals, or whose streams close, in a process of their own.

/** The warning that no answer of the tiny model ended. */
const CUT = 'test: 3 of 3 answers reached evaluate.maxNewTokens (2) before they ended'

let original: string
beforeAll(async () => {
  original = await openWorkplace()
})
const workplace = () => copyWorkplace(original)

const only = (folder: string) => {
  const names = readdirSync(folder)
  expect(names).toHaveLength(1)
  return join(folder, names[0])
}
const runOf = (folder: string) => only(join(folder, 'runs'))
const litter = (folder: string) =>
  readdirSync(folder, {recursive: true}).filter(name => /lock|\.tmp|merged/.test(String(name)))

/** All that a run computed, but for times. */
function outcome(folder: string) {
  const run = runOf(folder)
  const last = join(run, 'checkpoints', readdirSync(join(run, 'checkpoints')).sort().at(-1) ?? '')
  const {losses, gradNorms} = JSON.parse(readFileSync(join(last, 'state.json'), 'utf8'))
  return {
    tensors: readFileSync(join(last, 'state.safetensors')).toString('hex'),
    losses,
    gradNorms,
    answers: readFileSync(join(run, 'predictions-test.jsonl'), 'utf8'),
  }
}

/** The newest checkpoint's step, 0 before the first. */
function newestStep(folder: string): number {
  const runs = join(folder, 'runs')
  const checkpoints = existsSync(runs) ? readdirSync(runs).map(name => join(runs, name, 'checkpoints')) : []
  const names = checkpoints.filter(existsSync).flatMap(path => readdirSync(path))
  return Math.max(0, ...names.map(name => Number(/^step-(\d+)$/.exec(name)?.[1] ?? 0)))
}

/** Starts or goes on with a run of many steps, until it has saved another checkpoint. */
async function untilSaved(folder: string) {
  const before = newestStep(folder)
  const run = spawnSvft(folder, ['run', 'tiny.yaml', '--json'])
  while (newestStep(folder) === before) await setTimeout(5)
  return {run} // not itself: to wait for a process is to wait for its end
}

test('a run prints progress on stderr and the result on stdout, and is not repeated the second time', async () => {
  const folder = workplace()
  writeRecipe(folder)
  const home = join(folder, 'home')
  mkdirSync(home)
  const env = {HOME: home, TMPDIR: home, XDG_CACHE_HOME: undefined, ORT_DISABLE_TELEMETRY: undefined}
  const first = await svft(folder, ['run', 'tiny.yaml', '--json'], {env})
  expect(first.exitCode).toBe(0)
  expect(readdirSync(home, {recursive: true})).toEqual([]) // telemetry of onnxruntime would be seen here
  const document = JSON.parse(String(first.stdout))
  const row = JSON.parse(readFileSync(join(runOf(folder), 'row.json'), 'utf8'))
  expect(document).toEqual({
    status: 0,
    result: {
      recipe: 'tiny',
      run: expect.stringMatching(/^runs\/tiny-[0-9a-f]{8}-s42$/),
      scores: {test: {score: 0, metric: 'accuracy', n: 3}},
      metrics: {gsm8k: 0},
      n: 3,
      params: 94,
      seconds: expect.any(Number),
      results: 'results/tiny.csv',
      already: false,
      row,
    },
    warnings: [CUT],
  })
  expect(String(first.stderr)).toMatch(
    /^loading tiny\.yaml …\nplan: about \S+ on this machine's CPU.*, peak memory .*\nfactors 0\/2\nfactors 2\/2.*\ntrain tiny 0\/4\ntrain tiny 4\/4 {2}.*loss .*\nanswer test.*\nanswer test.*$/,
  )

  const again = await svft(folder, ['run', 'tiny.yaml', '--json'])
  expect(JSON.parse(String(again.stdout))).toEqual({
    ...document,
    result: {...document.result, already: true},
    warnings: [],
  })
  expect(again.stderr).toBe('loading tiny.yaml …')
  const text = await svft(folder, ['run', 'tiny.yaml'])
  expect(String(text.stdout).replace(/in \d+s|\d+ MB|-[0-9a-f]{8}-/g, '…')).toBe(
    [
      'tiny: svft banded d=1, 94 trainable parameters (had finished before)',
      '  test: 0.0 % accuracy (95 % CI 0.0–56.2, n = 3)',
      '  4 steps …, peak memory …',
      '  run runs/tiny…s42, table results/tiny.csv',
    ].join('\n'),
  )
})

test('a run of a finished recipe on other data is planned as the first was', async () => {
  const folder = workplace()
  writeRecipe(folder, {train: {steps: 1}})
  const planned = async () => String((await svft(folder, ['run', 'tiny.yaml'])).stderr).match(/^plan: /gm)?.length
  expect([await planned(), await planned()]).toEqual([1, undefined])
  const train = join(folder, 'train.jsonl')
  const [, ...others] = readFileSync(train, 'utf8').split('\n')
  writeFileSync(train, others.join('\n'))
  expect(await planned()).toBe(1)
})

test('all missing files of a recipe are listed before any work, and so is a model folder without weights', async () => {
  const folder = workplace()
  rmSync(join(folder, 'model/model.safetensors'))
  writeRecipe(folder, {data: {train: 'nope.jsonl', test: {test: 'never.jsonl'}}})
  const {exitCode, stderr} = await svft(folder, ['run', 'tiny.yaml'])
  const found = [...stderr.matchAll(/^tiny\.yaml:1:\d+: \S+\/(\S+): (.*?)(:|$)/gm)].map(([, ...parts]) =>
    parts.slice(0, 2),
  )
  expect(found).toEqual([
    ['model', 'weights are missing'],
    ['nope.jsonl', 'no such file or folder'],
    ['never.jsonl', 'no such file or folder'],
  ])
  expect(exitCode).toBe(1)
  expect(existsSync(join(folder, 'runs'))).toBe(false)
})

test('a run that is stopped by SIGTERM, SIGKILL, SIGINT and SIGHUP and resumed each time ends with the same bits', async () => {
  const [straight, folder] = [workplace(), workplace()]
  for (const place of [straight, folder]) writeRecipe(place, {train: {steps: 600, saveEvery: 50}})
  const undisturbed = svft(straight, ['run', 'tiny.yaml'])

  const {run: first} = await untilSaved(folder)
  first.kill('SIGSTOP') // at work, but not done before the second one comes
  const second = await svft(folder, ['run', 'tiny.yaml'])
  expect(second).toMatchObject({exitCode: 1, stdout: ''})
  expect(second.stderr).toMatch(
    /runs\/tiny-\w+-s42: process \d+ on \S+ is at work here; wait for it or stop it, or, if it is not an svft process, remove \S+$/,
  )
  first.kill('SIGTERM')
  first.kill('SIGCONT')
  const terminated = await first
  expect(terminated.exitCode).toBe(75)
  expect(JSON.parse(String(terminated.stdout))).toEqual({
    status: 75,
    result: {recipe: 'tiny', stopped: true},
    warnings: [],
  })
  expect(litter(folder)).toEqual([])

  const {run: killed} = await untilSaved(folder)
  killed.kill('SIGKILL')
  expect((await killed).signal).toBe('SIGKILL')
  expect(litter(folder)).not.toEqual([]) // its lock

  const {run: interrupted} = await untilSaved(folder)
  interrupted.kill('SIGINT')
  expect((await interrupted).exitCode).toBe(130)
  expect(litter(folder)).toEqual([])

  const {run: hungUp} = await untilSaved(folder)
  hungUp.kill('SIGHUP')
  expect((await hungUp).exitCode).toBe(75)
  expect(litter(folder)).toEqual([])
  expect(existsSync(join(runOf(folder), 'row.json'))).toBe(false)

  const last = await svft(folder, ['run', 'tiny.yaml'])
  expect(last.exitCode).toBe(0)
  expect(Number(String(last.stderr).match(/train tiny (\d+)\/600/)?.[1])).toBeGreaterThanOrEqual(200)
  expect(await undisturbed).toMatchObject({exitCode: 0})
  expect(outcome(folder)).toEqual(outcome(straight))
})

test('a run or a sweep that is stopped while its recipe is read reports it as at any other time', async () => {
  const folder = workplace()
  writeRecipe(folder)
  const env = preload(`
    import {createRequire, syncBuiltinESMExports} from 'node:module'
    const files = createRequire('/')('node:fs/promises')
    const {open} = files
    files.open = (file, ...rest) => {
      if (String(file).endsWith('tiny.yaml')) process.kill(process.pid, 'SIGTERM')
      return open(file, ...rest)
    }
    syncBuiltinESMExports()`)
  const run = await spawnSvft(folder, ['run', 'tiny.yaml', '--json'], {env})
  expect(run.exitCode).toBe(75)
  expect(JSON.parse(String(run.stdout))).toEqual({
    status: 75,
    result: {recipe: 'tiny', stopped: true},
    warnings: [],
  })
  const sweep = await spawnSvft(folder, ['sweep', 'tiny.yaml', '--seeds', '0,1', '--json'], {env})
  expect(sweep.exitCode).toBe(75)
  expect(JSON.parse(String(sweep.stdout))).toMatchObject({status: 75, error: {kind: 'interrupted'}})
  expect(existsSync(join(folder, 'runs'))).toBe(false)
})

test('a closed pipe is not an error', async () => {
  const folder = workplace()
  writeRecipe(folder)
  const run = spawnSvft(folder, ['run', 'tiny.yaml'])
  run.stdout?.destroy()
  run.stderr?.destroy()
  expect((await run).exitCode).toBe(0)
  expect(existsSync(join(runOf(folder), 'row.json'))).toBe(true)
})

test('--dry-run prints the plan, and writes nothing', async () => {
  const folder = workplace()
  rmSync(join(folder, 'model/model.safetensors'))
  writeRecipe(folder)
  const [text, json] = await Promise.all([
    svft(folder, ['run', 'tiny.yaml', '--dry-run']),
    svft(folder, ['run', 'tiny.yaml', '--dry-run', '--json', '--set', 'adapter.diagonals=2']),
  ])
  expect(text).toMatchObject({exitCode: 0, stderr: ''})
  expect(text.stdout).toMatch(/^model\.layers\.\*\.self_attn\.q_proj {2}1 of {2}16 × 16 {2}47\n/)
  expect(text.stdout).toMatch(/\ntrain +4 steps of /)
  expect(JSON.parse(String(json.stdout))).toMatchObject({
    status: 0,
    result: {recipe: 'tiny', params: 2 * (16 * 5 - 6 + 1)},
  })
  expect(readdirSync(folder).filter(name => ['runs', 'results'].includes(name))).toEqual([])
})

test('an error is one message and an exit code', async () => {
  const folder = workplace()
  writeRecipe(folder)
  writeRecipe(folder, {colour: 'red'}, 'unknown.yaml')
  writeFileSync(join(folder, 'broken.jsonl'), '{"query":\n')
  writeRecipe(folder, {data: {train: 'broken.jsonl', test: {test: 'test.jsonl'}}}, 'broken.yaml')
  const [missing, unknown, broken] = await Promise.all([
    svft(folder, ['run', 'nowhere-at-all.yaml', '--json']),
    svft(folder, ['run', 'unknown.yaml']),
    svft(folder, ['run', 'broken.yaml', '--json']),
  ])
  expect(missing.exitCode).toBe(78)
  expect(JSON.parse(String(missing.stdout))).toEqual({
    status: 78,
    error: {
      name: 'Fault',
      kind: 'recipe',
      message: expect.stringMatching(/^nowhere-at-all\.yaml: no such file; svft list /),
    },
    warnings: [],
  })
  expect(unknown).toMatchObject({exitCode: 78, stdout: ''})
  expect(unknown.stderr).toMatch(/^unknown\.yaml:1:\d+: unknown key: colour/m)
  expect(broken).toMatchObject({exitCode: 1, stderr: 'loading broken.yaml …'}) // found before the plan
  expect(JSON.parse(String(broken.stdout))).toMatchObject({
    status: 1,
    error: {kind: 'input', message: expect.stringMatching(/broken\.jsonl:1: not JSON: /)},
  })
  expect(readdirSync(folder)).not.toContain('runs')
})

test('a mistake that only the model or a path of the recipe reveals is shown at its line and column', async () => {
  const folder = workplace()
  writeRecipe(folder, {adapter: {method: 'svft', pattern: 'plain', targets: ['q_proj', 'q_prj']}}, 'target.yaml')
  writeRecipe(folder)
  writeFileSync(join(folder, 'columns.jsonl'), '{"text": "1?", "score": 1}\n')
  const [target, dry, set, columns] = await Promise.all([
    svft(folder, ['run', 'target.yaml']),
    svft(folder, ['run', 'target.yaml', '--dry-run']),
    svft(folder, ['run', 'tiny.yaml', '--set', 'data.train=trian.jsonl']),
    svft(folder, ['run', 'tiny.yaml', '--set', 'data.test.test=columns.jsonl']),
  ])
  const column = readFileSync(join(folder, 'target.yaml'), 'utf8').indexOf('"q_prj"') + 1
  expect(target.exitCode).toBe(78)
  const [loading, ...refusal] = String(target.stderr).split('\n')
  const [says, , mark] = refusal
  expect(loading).toBe('loading target.yaml …')
  expect(says).toMatch(`target.yaml:1:${column}: adapter.targets: no module path `)
  expect(mark.trimEnd().endsWith('^^^^^^^')).toBe(true)
  expect(dry).toMatchObject({exitCode: 78, stderr: refusal.join('\n')})
  expect(set.exitCode).toBe(74)
  expect(set.stderr).toMatch(
    /^loading tiny\.yaml …\ntiny\.yaml: --set data\.train=trian\.jsonl: .*trian\.jsonl: no such file or folder; did you mean train\.jsonl\?\n/,
  )
  expect(columns.exitCode).toBe(1)
  expect(columns.stderr).toMatch(
    /^--set data\.test\.test=columns\.jsonl: .*columns\.jsonl:1: column "query" is missing; found: text, score; accepted: query and response \(MetaMathQA\), or question and answer \(GSM8K\)\n/m,
  )
})

test('a warning is printed once, and is in the envelope', async () => {
  const folder = workplace()
  const long = {query: 'How many? '.repeat(50), response: '3'}
  writeLines(join(folder, 'long.jsonl'), [long, {query: '1?', response: '1. The answer is: 1'}])
  writeRecipe(folder, {data: {train: 'long.jsonl', test: {test: 'test.jsonl'}}, train: {maxTokens: 48, batch: 2}})
  const [text, json] = [
    await svft(folder, ['run', 'tiny.yaml', '--set', 'seed=1']),
    await svft(folder, ['run', 'tiny.yaml', '--json']),
  ]
  expect(String(text.stderr).match(/warning: .*long/g)).toHaveLength(1)
  expect(text.stderr).toContain('long.jsonl:1: ')
  expect(JSON.parse(String(json.stdout)).warnings).toEqual([
    expect.stringMatching(/long\.jsonl:1: \d+ tokens, of which train\.maxTokens keeps 48: its prompt alone fills them/),
    CUT,
  ])
})
