import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {beforeAll, expect, test} from 'vitest'
import {childrenOf, computed, killAtRandom} from '../../test/support/kills.ts'
import {copyWorkplace, openWorkplace, spawnSvft, svft, writeRecipe} from '../../test/support/workplace.ts'
import {withLock} from '../base/lock.ts'
import {random} from '../tensor/random.ts'

// Whole sweeps, with the processes that they start.

let original: string
beforeAll(async () => {
  original = await openWorkplace()
})
const workplace = () => copyWorkplace(original)

const lora = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj', 'down_proj']}

/** Two recipes of one suite. */
function writeRecipes(folder: string, train: object = {}) {
  writeRecipe(folder, {name: 'tiny/svft', train}, 'svft.yaml')
  writeRecipe(folder, {name: 'tiny/lora', adapter: lora, train}, 'lora.yaml')
}

const rows = (folder: string) => readFileSync(join(folder, 'results/tiny.csv'), 'utf8').trim().split('\n').slice(1)
const states = (stdout: unknown) =>
  JSON.parse(String(stdout)).result.cells.map(({cell, state}: {cell: string; state: string}) => `${cell}: ${state}`)

/** Waits for a condition; after two minutes fails with what was printed until then. */
async function until(condition: () => boolean, printed: () => string = () => ''): Promise<void> {
  for (const end = Date.now() + 120_000; !condition(); await setTimeout(10))
    if (Date.now() > end) throw new Error(`still waiting after two minutes: ${printed()}`)
}

/** The newest checkpoint of each run; a folder that is being written, or removed, is never entered. */
const steps = (folder: string) => {
  const found = new Map<string, string>()
  for (const run of list(join(folder, 'runs')))
    for (const name of list(join(folder, 'runs', run, 'checkpoints'))) if (/^step-\d+$/.test(name)) found.set(run, name)
  return found
}

const list = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : [])

/** A sweep at work, once that many of its runs have saved their state again. */
async function begun(folder: string, args: readonly string[], count = 2) {
  const before = steps(folder)
  const sweep = spawnSvft(folder, args)
  await until(() => [...steps(folder)].filter(([run, step]) => before.get(run) !== step).length >= count)
  return {sweep, workers: childrenOf(sweep.pid!)} // not the sweep alone: to wait for a process is to wait for its end
}

test('a sweep runs recipes × overrides × seeds, and does nothing the second time', async () => {
  const folder = workplace()
  writeRecipes(folder)
  const set = ['train.lr=1e-2', 'train.lr=1e-3', 'train.steps=2'].flatMap(text => ['--set', text])
  const cellsOf = (recipe: string, seeds: readonly number[]) =>
    ['1e-2', '1e-3'].flatMap(lr => seeds.map(seed => `tiny/${recipe} train.lr=${lr} seed=${seed}`))
  const many = ['sweep', 'svft.yaml', 'lora.yaml', '--seeds', '0,1', ...set]
  const planned = await svft(folder, [...many, '--dry-run', '--json'])
  expect(states(planned.stdout)).toEqual(
    ['svft', 'lora'].flatMap(recipe => cellsOf(recipe, [0, 1])).map(cell => `${cell}: pending`),
  )
  expect(JSON.parse(String(planned.stdout)).result.plan).toMatchObject({cells: 8, fetchBytes: 0, faults: []})
  expect(readdirSync(folder)).not.toContain('runs')

  const args = ['sweep', 'svft.yaml', '--seeds', '0', ...set]
  const cells = cellsOf('svft', [0])
  const first = await svft(folder, [...args, '--workers', '2', '--json'])
  expect(first.exitCode).toBe(0)
  expect(states(first.stdout)).toEqual(cells.map(cell => `${cell}: done`))
  expect(JSON.parse(String(first.stdout)).result).toMatchObject({
    results: ['results/tiny.csv'],
    cells: cells.map(() => ({run: expect.stringMatching(/^runs\/tiny-svft-/)})),
  })
  expect(rows(folder)).toHaveLength(2)
  expect(readdirSync(join(folder, 'runs'))).toHaveLength(2)
  expect(String(first.stderr)).toMatch(/^reading recipes …\n2 cells to do: about /)
  expect(String(first.stderr)).toMatch(/^eta \S+ {2}0\/2 done, 1 running$/m)
  expect(String(first.stderr)).toMatch(/^tiny\/svft train\.lr=1e-2 seed=0: done: test 0\.0 in \d+s$/m)

  const changed = statSync(join(folder, 'runs', readdirSync(join(folder, 'runs'))[0], 'row.json')).mtimeMs
  const again = await svft(folder, [...args, '--json'])
  expect(JSON.parse(String(again.stdout))).toMatchObject({status: 0, result: {counts: {done: 2}}})
  expect(String(again.stderr)).not.toContain('running')
  expect(statSync(join(folder, 'runs', readdirSync(join(folder, 'runs'))[0], 'row.json')).mtimeMs).toBe(changed)
})

test('cells that had finished get the cells of the paper that their recipes name now', async () => {
  const folder = workplace()
  writeRecipe(folder, {train: {steps: 1}})
  await svft(folder, ['run', 'tiny.yaml'])
  writeRecipe(folder, {train: {steps: 1}, paper: {cell: 't1.g2.svft_p'}})
  expect(await svft(folder, ['sweep', 'tiny.yaml'])).toMatchObject({exitCode: 0})
  expect(readFileSync(join(folder, 'results/tiny.csv'), 'utf8')).toContain('t1.g2.svft_p')
})

test.runIf(process.platform === 'linux')(
  'cells that had finished are printed where results cannot be written',
  async () => {
    const folder = workplace()
    writeRecipe(folder, {train: {steps: 1}})
    await svft(folder, ['run', 'tiny.yaml'])
    rmSync(join(folder, 'results'), {recursive: true})
    symlinkSync('/sys', join(folder, 'results')) // where nobody may write
    expect(await svft(folder, ['sweep', 'tiny.yaml'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1 cell: 1 done$/m),
    })
    expect(await svft(folder, ['sweep', 'tiny.yaml', '--seeds', '1'])).toMatchObject({exitCode: 74})
  },
)

test('a failed cell is reported with its last lines; the others go on, or stop with --fail-fast', async () => {
  const folder = workplace()
  writeRecipes(folder)
  writeRecipe(folder, {name: 'tiny/bad', model: {hub: 'nobody/nothing', revision: 'main'}}, 'bad.yaml')
  const env = {HF_HUB_OFFLINE: '1'}
  writeRecipe(folder, {name: 'tiny/broken', data: {train: 'broken.jsonl', test: {test: 'test.jsonl'}}}, 'broken.yaml')
  const [good] = readFileSync(join(folder, 'train.jsonl'), 'utf8').split('\n')
  writeFileSync(join(folder, 'broken.jsonl'), `${good}\n{"query":\n`) // behind the first record, which is checked before
  const fast = await svft(folder, ['sweep', 'bad.yaml', 'svft.yaml', '--fail-fast', '--json'], {env})
  expect(fast.exitCode).toBe(1)
  expect(states(fast.stdout)).toEqual(['tiny/bad seed=42: failed', 'tiny/svft seed=42: pending'])

  const all = await svft(folder, ['sweep', 'bad.yaml', 'broken.yaml', 'svft.yaml', '--json', '--ci', 'github'], {env})
  expect(all.exitCode).toBe(1)
  expect(JSON.parse(String(all.stdout))).toMatchObject({
    status: 1,
    result: {counts: {done: 1, failed: 2}},
    warnings: [
      expect.stringMatching(/^bad\.yaml: nobody\/nothing@main: not in the cache/), // why it was not planned
      'tiny/svft seed=42: test: 3 of 3 answers reached evaluate.maxNewTokens (2) before they ended',
    ],
  })
  expect(String(all.stderr)).toMatch(/^tiny\/broken seed=42: failed: .*broken\.jsonl:2: not JSON: /m)
  const plain = await svft(folder, ['sweep', 'bad.yaml', 'svft.yaml'], {env})
  expect(plain.stderr).toMatch(/^to go on, the same command: svft sweep bad\.yaml svft\.yaml\nnext: svft report$/m)
  expect(rows(folder)).toHaveLength(1)
  const [, token, printed, after] = /^::stop-commands::(\S+)$(.*)^::\1::$(.*)/ms.exec(String(all.stderr)) ?? []
  expect(token).toMatch(/\w/)
  expect(printed).toMatch(/^tiny\/broken seed=42: failed/m) // nothing that runs print is a command
  expect(after).toMatch(/^::error file=broken\.yaml,[^\n]*title=tiny\/broken seed=42%3A failed::/m)
})

test('a cell whose row cannot be collected is done', async () => {
  const folder = workplace()
  writeRecipes(folder)
  mkdirSync(join(folder, 'results/tiny.csv'), {recursive: true})
  const {exitCode, stderr} = await svft(folder, ['sweep', 'svft.yaml'])
  expect(exitCode).toBe(74)
  expect(stderr).toMatch(/^tiny\/svft seed=42: done: test 0\.0 in /m)
  expect(stderr).toMatch(/results\/tiny\.csv: a folder, not a file$/)
})

test('mistakes are found before any cell starts', async () => {
  const folder = workplace()
  writeRecipes(folder)
  writeRecipe(folder, {colour: 'red'}, 'unknown.yaml')
  writeFileSync(join(folder, 'sweep.yaml'), 'recipes: [svft.yaml]\nseed: [0]\n')
  const wrong = await Promise.all([
    svft(folder, ['sweep', 'svft.yaml', 'unknown.yaml']),
    svft(folder, ['sweep', 'sweep.yaml']),
    svft(folder, ['sweep', 'svft.yaml', '--seeds', 'one']),
    svft(folder, ['sweep', 'svft.yaml', '--workers', '0']),
  ])
  expect(wrong.map(({exitCode}) => exitCode)).toEqual([78, 78, 2, 2])
  const run = await svft(folder, ['run', 'sweep.yaml'])
  expect(run).toMatchObject({exitCode: 78, stderr: expect.stringContaining('sweep.yaml: a sweep file, not a recipe; ')})
  for (const [flags, message] of [
    [['--on', 'slurm', '--slurm', 'tim=1'], /^--slurm takes key=value with one of .*: tim=1$/m],
    [['--slurm', 'time=1'], /^--slurm needs --on slurm: time=1$/m],
    [['--port', '8000'], /^--port 8000 needs --page$/m],
  ] as const) {
    const flag = await svft(folder, ['sweep', 'svft.yaml', ...flags, '--dry-run'])
    expect(flag).toMatchObject({exitCode: 2, stdout: '', stderr: expect.stringMatching(message)})
  }
  expect(String(wrong[0].stderr)).toMatch(/^unknown\.yaml:1:\d+: unknown key: colour/m)
  expect(String(wrong[1].stderr)).toMatch(/^sweep\.yaml:2:1: unknown key of a sweep file: seed; did you mean seeds\?$/m)
  expect(readdirSync(folder)).not.toContain('runs')
})

test('wrong columns of the data are found before any cell starts, each once', async () => {
  const folder = workplace()
  writeRecipes(folder)
  writeFileSync(join(folder, 'wrong.jsonl'), '{"text": "a"}\n')
  writeRecipe(folder, {data: {train: 'wrong.jsonl', test: {test: 'test.jsonl'}}}, 'wrong.yaml')
  const many = [
    'sweep',
    'svft.yaml',
    'wrong.yaml',
    '--seeds',
    '0-2',
    '--set',
    'train.lr=1e-3',
    '--set',
    'train.lr=1e-2',
  ]
  for (const args of [many, [...many, '--dry-run']]) {
    const {exitCode, stderr} = await svft(folder, args)
    expect(exitCode).toBe(1)
    expect(String(stderr).match(/column "query" is missing/g)).toHaveLength(1)
    expect(String(stderr)).toMatch(/^wrong\.yaml:1:\d+: \S+wrong\.jsonl:1: column "query" is missing/m)
  }
  expect(existsSync(join(folder, 'runs'))).toBe(false)
})

test('missing local files are found before any cell starts, and a dry run of a cell that will fail exits with 1', async () => {
  const folder = workplace()
  writeRecipes(folder)
  writeRecipe(folder, {data: {train: 'trian.jsonl', test: {test: 'test.jsonl'}}}, 'missing.yaml')
  for (const more of [[], ['--dry-run']]) {
    const {exitCode, stderr} = await svft(folder, ['sweep', 'svft.yaml', 'missing.yaml', '--seeds', '0-2', ...more])
    expect(exitCode).toBe(74)
    expect(String(stderr)).toMatch(
      /^missing\.yaml:1:\d+: \S+trian\.jsonl: no such file or folder; did you mean train\.jsonl\?$/m,
    )
  }
  expect(existsSync(join(folder, 'runs'))).toBe(false)

  writeRecipe(folder, {model: {hub: 'nobody/nothing', revision: 'main'}}, 'away.yaml')
  const away = await svft(folder, ['sweep', 'away.yaml', '--dry-run'])
  expect(away).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/no estimate of the time; 1 cannot be planned or trained$/),
  })
})

test.each([
  ['cache/factors', '; set SVFT_CACHE to a folder that can be written'],
  ['results', ''],
  ['runs', ''],
])('%s that cannot be made is refused once, before any cell starts', async (name, advice) => {
  const folder = workplace()
  writeRecipes(folder)
  mkdirSync(join(folder, 'cache'), {recursive: true})
  writeFileSync(join(folder, name), '')
  const {exitCode, stdout, stderr} = await svft(folder, ['sweep', 'svft.yaml', '--seeds', '0-2'])
  expect({exitCode, stdout}).toEqual({exitCode: 74, stdout: ''})
  expect(stderr).toBe(`reading recipes …\n${folder}/${name}: a file, not a folder${advice}`)
})

test('an engine that this machine lacks is refused before any cell starts', async () => {
  const folder = workplace()
  writeRecipes(folder)
  const args = ['sweep', 'svft.yaml', 'lora.yaml', '--set', 'engine=openvino', '--set', 'precision=bf16']
  const env = {SVFT_OPENVINO: 'none'}
  const ran = await svft(folder, args, {env})
  expect(ran).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^reading recipes …\nengine openvino: (this processor|SVFT_OPENVINO=none|for linux x64 only).*$/,
    ),
  })
  const lacks = expect.stringMatching(
    /^warning: engine openvino: (this processor|SVFT_OPENVINO=none|for linux x64 only)/m,
  )
  expect(await svft(folder, [...args, '--dry-run'], {env})).toMatchObject({exitCode: 1, stderr: lacks})
  const onSlurm = await svft(folder, [...args, '--dry-run', '--on', 'slurm'], {env}) // whose nodes may have it
  expect(onSlurm).toMatchObject({exitCode: 0})
  expect(existsSync(join(folder, 'runs'))).toBe(false)
})

test('two sweeps in one folder share the work, and each run is done once', async () => {
  const folder = workplace()
  writeRecipes(folder, {steps: 100})
  const args = ['sweep', 'svft.yaml', '--seeds', '0-2', '--workers', '1', '--json']
  const both = await Promise.all([spawnSvft(folder, args), spawnSvft(folder, args)])
  for (const {exitCode, stdout} of both) {
    expect(exitCode).toBe(0)
    expect(JSON.parse(String(stdout))).toMatchObject({result: {counts: {done: 3}}})
  }
  const done = both.map(({stderr}) => [...String(stderr).matchAll(/^(tiny.*): running$/gm)].map(([, label]) => label))
  expect(done.every(labels => labels.length > 0)).toBe(true)
  expect(rows(folder)).toHaveLength(3)
})

test('cells that read other data than the sweep began with are named', async () => {
  const folder = workplace()
  writeRecipe(folder, {name: 'tiny/svft'}, 'svft.yaml')
  const sweep = spawnSvft(folder, ['sweep', 'svft.yaml', '--seeds', '0,1', '--json'])
  await until(() => list(join(folder, 'runs')).some(run => existsSync(join(folder, 'runs', run, 'row.json'))))
  const [first, ...others] = readFileSync(join(folder, 'train.jsonl'), 'utf8').split('\n')
  writeFileSync(join(folder, 'train.jsonl'), others.join('\n'))
  expect(first).toContain('Amy')
  const {stdout} = await sweep
  expect(states(stdout)).toEqual(['tiny/svft seed=0: done', 'tiny/svft seed=1: done'])
  expect(JSON.parse(String(stdout)).warnings.at(-1)).toBe(
    'the files of a model or of data have changed during this sweep, and these cells have read the new ones: tiny/svft seed=1; the same command runs the other cells on them too',
  )
  const again = await svft(folder, ['sweep', 'svft.yaml', '--seeds', '0,1', '--json', '--dry-run'])
  expect(states(again.stdout)).toEqual(['tiny/svft seed=0: pending', 'tiny/svft seed=1: done'])
})

test('cells of another sweep are watched meanwhile, and counted separately', async () => {
  const folder = workplace()
  writeRecipe(folder, {name: 'tiny/lora', adapter: lora}, 'lora.yaml')
  await svft(folder, ['run', 'lora.yaml'])
  const [run] = list(join(folder, 'runs')).map(name => join(folder, 'runs', name))
  const [row, kept] = [join(run, 'row.json'), join(folder, 'row.json')]
  renameSync(row, kept)
  writeRecipe(folder, {name: 'tiny/svft', train: {steps: 100_000}}, 'svft.yaml')
  let printed = ''
  const sweep = await withLock(run, async () => {
    const begun = spawnSvft(folder, ['sweep', 'svft.yaml', 'lora.yaml', '--json'])
    begun.stderr?.on('data', text => (printed += text))
    const isElsewhere = () => /^(?:eta \S+ {2})?0\/2 done, 1 running, 1 elsewhere/m.test(printed)
    await until(isElsewhere, () => printed)
    renameSync(kept, row)
    return {begun} // not it alone: to wait for it is to wait for its end
  })
  await until(
    () => printed.includes('tiny/lora seed=42: done'),
    () => printed,
  )
  sweep.begun.kill('SIGINT')
  expect(JSON.parse(String((await sweep.begun).stdout)).result.counts).toEqual({done: 1, pending: 1})
})

test('an interrupted, terminated or killed sweep ends with its workers, and the next one resumes with the same bits', {
  timeout: 180_000,
}, async () => {
  const [folder, straight] = [workplace(), workplace()]
  for (const place of [folder, straight]) writeRecipes(place, {steps: 1000, saveEvery: 50})
  const args = ['sweep', 'svft.yaml', 'lora.yaml', '--workers', '2', '--json']
  const undisturbed = svft(straight, args)
  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 75] as const]) {
    const {sweep, workers} = await begun(folder, args)
    for (const pid of workers) process.kill(pid, 'SIGHUP') // as a terminal that closes does; the sweep is who stops them
    sweep.kill(signal)
    const stopped = await sweep
    expect(stopped.exitCode).toBe(code)
    expect(JSON.parse(String(stopped.stdout))).toMatchObject({status: code, result: {counts: {pending: 2}}})
    expect(workers.filter(isAlive)).toEqual([])
  }
  const {sweep, workers} = await begun(folder, args)
  expect(workers).toHaveLength(2)
  sweep.kill('SIGKILL')
  await sweep
  await until(() => workers.filter(isAlive).length === 0) // each saves its state first
  const otherwise = await svft(folder, [...args, '--set', 'threads=2'])
  expect(JSON.parse(String(otherwise.stdout))).toMatchObject({status: 1, result: {counts: {failed: 2}}})
  expect(String(otherwise.stderr)).toContain('was trained with 1 thread, not 2; use 1; to start from step 0, move ')
  expect(await svft(folder, args)).toMatchObject({exitCode: 0})
  expect(await undisturbed).toMatchObject({exitCode: 0})
  expect(computed(folder, 'tiny.csv')).toEqual(computed(straight, 'tiny.csv'))
})

test('a cell that is stopped before its first checkpoint has saved nothing', async () => {
  const folder = workplace()
  writeRecipes(folder, {steps: 100_000})
  const sweep = spawnSvft(folder, ['sweep', 'svft.yaml'], {all: true})
  let text = ''
  sweep.all?.on('data', data => {
    text += data
  })
  await until(() => text.includes('tiny/svft seed=42: running'))
  sweep.kill('SIGINT')
  expect((await sweep).exitCode).toBe(130)
  expect(text).toContain('tiny/svft seed=42: pending\n')
})

test('after kills of workers and of the sweep at random moments, nothing is lost or damaged', {
  timeout: 180_000,
}, async () => {
  const [folder, straight] = [workplace(), workplace()]
  for (const place of [folder, straight]) writeRecipes(place, {steps: 400, saveEvery: 20})
  const recipes = ['svft.yaml', 'lora.yaml']
  const stream = random(7)
  const {seeds, sweeps} = await killAtRandom(folder, recipes, {
    kills: 5,
    seedsAtOnce: 1,
    random: () => stream.uniform(),
  })
  expect(sweeps).toBeGreaterThan(0)
  const args = ['sweep', ...recipes, '--seeds', `0-${seeds - 1}`, '--workers', '2', '--json']
  expect(await svft(folder, args)).toMatchObject({exitCode: 0})
  expect(await svft(straight, args)).toMatchObject({exitCode: 0})
  expect(computed(folder, 'tiny.csv')).toEqual(computed(straight, 'tiny.csv'))
})

test('the death of a worker is reported, and its cell is retried once', async () => {
  const folder = workplace()
  writeRecipes(folder, {steps: 600, saveEvery: 50})
  const {sweep, workers} = await begun(folder, ['sweep', 'svft.yaml', '--json'], 1)
  process.kill(workers[0], 'SIGKILL')
  const {exitCode, stderr} = await sweep
  expect(exitCode).toBe(0)
  expect(String(stderr)).toMatch(/^tiny\/svft seed=42: lost: its process was killed by SIGKILL$/m)
  expect(rows(folder)).toHaveLength(1)
})

test('with --fail-fast the death of a worker stops the others, and the same command resumes them', async () => {
  const folder = workplace()
  writeRecipes(folder, {steps: 600, saveEvery: 50})
  const args = ['sweep', 'svft.yaml', '--seeds', '0-2', '--workers', '2', '--json']
  const {sweep, workers} = await begun(folder, [...args, '--fail-fast'])
  process.kill(workers[0], 'SIGKILL')
  const {exitCode, stdout} = await sweep
  expect(exitCode).toBe(1)
  expect(JSON.parse(String(stdout)).result.counts).toEqual({pending: 2, lost: 1})
  expect(workers.filter(isAlive)).toEqual([])
  expect(JSON.parse(String((await svft(folder, args)).stdout)).result.counts).toEqual({done: 3})
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
