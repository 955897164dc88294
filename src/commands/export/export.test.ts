import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {execa} from 'execa'
import {beforeAll, expect, test} from 'vitest'
import {parse} from 'yaml'
import {bin, openWorkplace, svft, writeRecipe} from '../../../test/support/workplace.ts'
import {shippedRecipesFolder} from '../../recipes/file/shipped-recipes.ts'

// Files for other schedulers, from recipes whose names are as hostile as a file system allows.

const HOSTILE = `it's $(touch pwned) \`touch pwned\` $(PATH) {cell} "x"\n;touch pwned #é𝒳.yaml`
let folder: string
let env: Record<string, string>
beforeAll(async () => {
  folder = await openWorkplace()
  writeRecipe(folder, {name: 'tiny/hostile'}, HOSTILE)
  writeRecipe(folder, {name: 'tiny/bad', data: {train: 'broken.jsonl', test: {test: 'test.jsonl'}}}, '-bad.yaml')
  writeRecipe(folder, {name: 'tiny/free', threads: undefined}, 'free.yaml')
  writeFileSync(join(folder, 'broken.jsonl'), '{"query":\n')
  mkdirSync(join(folder, 'bin'))
  symlinkSync(bin, join(folder, 'bin/svft'))
  env = {PATH: `${join(folder, 'bin')}:${process.env.PATH}`, SVFT_CACHE: join(folder, 'cache')}
})

const write = (format: string, ...args: string[]) =>
  svft(folder, ['export', format, `./${HOSTILE}`, './-bad.yaml', '--seeds', '3', '--json', ...args])

const rows = (name: string) =>
  readdirSync(join(folder, 'runs')).filter(
    run => run.startsWith(name) && existsSync(join(folder, 'runs', run, 'row.json')),
  )

test('shell: the script runs every cell, continues after a failure, and reports it by its exit code', async () => {
  expect(await write('shell', '--out', 'jobs here')).toMatchObject({exitCode: 0})
  const script = join(folder, 'jobs here/svft.sh')
  execFileSync('bash', ['-n', script])
  const ran = await execa('sh', [script], {cwd: '/', env, reject: false})
  expect(ran.stderr).toContain('1 of 2 cells failed')
  expect(ran.exitCode).toBe(1)
  expect(rows('tiny-hostile')).toEqual([expect.stringMatching(/-s3$/)])
  expect(rows('tiny-bad')).toEqual([])
  expect(readdirSync(folder)).not.toContain('pwned')

  const absent = await execa('sh', [script], {env: {PATH: '/usr/bin:/bin', SVFT: 'no-such-svft'}, reject: false})
  expect(absent).toMatchObject({exitCode: 127})
  expect(absent.stderr).toMatch(
    /\nno-such-svft: command not found; name the command that runs svft, as in SVFT='npx svft'$/,
  )

  writeFileSync(join(folder, 'bin/stops'), '#!/bin/sh\nexit 75\n', {mode: 0o755})
  expect((await execa('sh', [script], {env: {...env, SVFT: 'stops'}, reject: false})).exitCode).toBe(75)
})

test('the recipes of a row of the paper are exported by its cell', async () => {
  const row = await svft(folder, ['export', 'shell', 'n9.svf_7', '--out', 'row'])
  expect(row.stdout).toBe('1 cell in row/svft.sh; next, in row: sh svft.sh')
  expect(readFileSync(join(folder, 'row/svft.sh'), 'utf8')).toContain('configs/gsm8k/gemma-2b/svf.yaml')
})

test('an unknown format names those that there are, and the command for Slurm', async () => {
  const wrong = await svft(folder, ['export', 'slurm', './-bad.yaml', '--out', 'jobs'])
  expect(wrong).toMatchObject({exitCode: 2})
  expect(wrong.stderr).toBe(
    'svft export takes one run; recipes follow one of k8s, skypilot, snakemake, shell, as in svft export shell; for Slurm: svft sweep --on slurm',
  )
})

test('k8s: each pod of an Indexed Job runs its own cell, with the hub’s secret mounted as a file', async () => {
  expect(await write('k8s', '--image', 'r.example/svft:1', '--out', 'k8s', '--workers', '1')).toMatchObject({
    exitCode: 0,
  })
  const job = parse(readFileSync(join(folder, 'k8s/svft-job.yaml'), 'utf8'))
  const {spec} = job
  expect(spec).toMatchObject({completions: 2, parallelism: 1, completionMode: 'Indexed'})
  expect(job.metadata.name).toMatch(/^svft-[0-9a-f]{8}$/)
  const [container] = spec.template.spec.containers
  expect(container.env.every((one: {value?: string}) => typeof one.value === 'string')).toBe(true)
  expect(spec.template.spec.volumes).toContainEqual({name: 'hub', secret: {secretName: 'svft-hub', optional: true}})
  const [command, ...args] = container.command.map((word: string) => word.replaceAll('$$', '$')) // as Kubernetes does
  const pod = (index: string) =>
    execa(command, args, {cwd: folder, env: {...env, JOB_COMPLETION_INDEX: index}, reject: false})
  expect((await pod('0')).stdout).toContain('tiny/hostile')
  expect((await pod('1')).exitCode).toBe(1)
  expect((await pod('2')).exitCode).toBe(2)
  expect(readdirSync(folder)).not.toContain('pwned')
  expect((await write('k8s', '--out', 'k8s2')).stdout).toContain('--image is missing')
  for (const format of ['k8s', 'skypilot'])
    expect((await write(format, '--image', 'a b', '--out', 'k8s2')).stdout).toContain(
      '--image: not the name of an image',
    )
})

test('k8s: pods request cores and memory, run one thread per core unless the recipe sets threads, and may be evicted', async () => {
  const made = await svft(folder, ['export', 'k8s', 'free.yaml', './-bad.yaml', '--image', 'svft', '--out', 'asks'])
  expect(made).toMatchObject({exitCode: 0})
  const {spec} = parse(readFileSync(join(folder, 'asks/svft-job.yaml'), 'utf8'))
  const [{resources, command}] = spec.template.spec.containers
  expect(resources.requests.cpu).toBe(2)
  const mebibytes = Number(/^(\d+)Mi$/.exec(resources.requests.memory)?.[1])
  expect(mebibytes).toBeGreaterThan(1024)
  expect(mebibytes).toBeLessThan(1300) // a model of 13 thousand numbers, and the process
  const [free, bad] = command[2].split('\n').filter((line: string) => line.includes('exec'))
  expect(free).toContain('run free.yaml --yes --set threads=2 --fence')
  expect(bad).not.toContain('threads=') // its recipe says 1
  expect(spec.podFailurePolicy.rules).toContainEqual({
    action: 'Ignore',
    onPodConditions: [{type: 'DisruptionTarget', status: 'True'}],
  })
})

test('k8s: no memory is requested unless that of every cell is known', async () => {
  writeRecipe(folder, {name: 'tiny/hub', model: 'owner/model', adapter: {method: 'head'}}, 'hub.yaml')
  const {exitCode} = await svft(folder, ['export', 'k8s', 'free.yaml', 'hub.yaml', '--image', 'svft', '--out', 'some'])
  expect(exitCode).toBe(0)
  const {spec} = parse(readFileSync(join(folder, 'some/svft-job.yaml'), 'utf8'))
  expect(spec.template.spec.containers[0].resources.requests).toEqual({cpu: 2})
})

test('nothing is written if a run would read files outside this folder', async () => {
  const inner = join(folder, 'inner')
  mkdirSync(inner)
  writeFileSync(join(inner, 'near.yaml'), JSON.stringify({extends: '../free.yaml'}))
  writeRecipe(inner, {model: '../model'}, 'own.yaml')
  const there = (format: string, recipe: string, ...flags: string[]) =>
    svft(inner, ['export', format, recipe, '--out', 'jobs', '--json', ...flags])
  for (const format of ['k8s', 'skypilot']) {
    const far = await there(format, join(folder, 'free.yaml'), '--image', 'svft')
    expect(far.exitCode).toBe(2)
    expect(JSON.parse(String(far.stdout)).error.message).toMatch(/in a folder that holds the recipes .*free\.yaml$/)
    const near = await there(format, 'near.yaml', '--image', 'svft') // what it extends is above
    expect(JSON.parse(String(near.stdout)).error.message).toMatch(/what they read: .*free\.yaml$/)
    const own = await there(format, 'own.yaml', '--image', 'svft')
    expect(JSON.parse(String(own.stdout)).error.message).toMatch(/what they read: .*model$/)
  }
  expect(existsSync(join(inner, 'jobs'))).toBe(false)
  expect(await there('shell', join(folder, 'free.yaml'))).toMatchObject({exitCode: 0})
})

test('recipes that ship with svft, and recipes that extend one, are named as they are anywhere', async () => {
  const place = join(folder, 'anywhere')
  mkdirSync(place)
  const path = 'configs/vision/mini/svft-plain.yaml'
  writeFileSync(join(place, 'mine.yaml'), JSON.stringify({extends: path}))
  const absolute = join(shippedRecipesFolder(), 'vision/mini/lora-r8.yaml')
  for (const [format, file, ...flags] of [
    ['k8s', 'svft-job.yaml', '--image', 'svft'],
    ['skypilot', 'svft.sky.yaml'],
    ['shell', 'svft.sh'],
  ]) {
    const made = await svft(place, ['export', format, path, absolute, 'mine.yaml', '--out', format, ...flags])
    expect(made).toMatchObject({exitCode: 0})
    const text = readFileSync(join(place, format, file), 'utf8')
    for (const name of [path, 'configs/vision/mini/lora-r8.yaml', 'mine.yaml']) expect(text).toContain(` run ${name} `)
  }
})

test('exported YAML in a folder of recipes is not read as recipes', async () => {
  const place = join(folder, 'place')
  mkdirSync(place)
  writeRecipe(place, {extends: '../free.yaml'}, 'own.yaml')
  for (const [format, ...flags] of [['k8s', '--image', 'svft'], ['skypilot']]) {
    await svft(folder, ['export', format, './free.yaml', '--out', 'place', ...flags])
  }
  expect(readdirSync(place).sort()).toEqual(['own.yaml', 'svft-job.yaml', 'svft.sky.sh', 'svft.sky.yaml'])
  expect((await svft(folder, ['export', 'shell', 'place', '--out', 'placed'])).stdout).toMatch(/^1 cell in /)
})

test('skypilot: a task runs the cell that it is launched with, and a script launches each', async () => {
  expect(await write('skypilot', '--out', 'sky')).toMatchObject({exitCode: 0})
  const task = parse(readFileSync(join(folder, 'sky/svft.sky.yaml'), 'utf8'))
  expect(task).toMatchObject({workdir: '..', envs: {SVFT_CELL: '0'}})
  expect(task.resources.job_recovery).toEqual({max_restarts_on_errors: 3, recover_on_exit_codes: [75]})
  const bucket = (file: string) => parse(readFileSync(join(folder, file), 'utf8')).file_mounts['~/svft-runs'].name
  expect(bucket('sky/svft.sky.yaml')).toMatch(/^svft-[0-9a-f]{8}-[0-9a-f]{8}$/)
  expect(Object.keys(task.file_mounts)).toEqual(['~/svft-runs']) // no recipe reads the hub: no token goes along
  execFileSync('bash', ['-n'], {input: task.run})
  const script = join(folder, 'sky/svft.sky.sh')
  writeFileSync(join(folder, 'bin/sky'), '#!/bin/sh\nfor word; do printf "%s\\n" "$word"; done\n', {mode: 0o755})
  const {stdout} = await execa('sh', [script], {cwd: '/', env})
  expect(stdout.split('\n').filter(word => word.startsWith('SVFT_CELL='))).toEqual(['SVFT_CELL=0', 'SVFT_CELL=1'])

  await write('skypilot', '--out', 'again')
  const args = ['export', 'skypilot', `./${HOSTILE}`, './-bad.yaml', '--seeds', '3', '--out', 'other']
  expect(await svft(folder, args, {env: {HOME: join(folder, 'somebody else')}})).toMatchObject({exitCode: 0})
  expect(bucket('again/svft.sky.yaml')).toBe(bucket('sky/svft.sky.yaml'))
  expect(bucket('other/svft.sky.yaml')).not.toBe(bucket('sky/svft.sky.yaml')) // names are shared by all users of a cloud
})

test('snakemake: Python reads the words of each cell back unchanged', async () => {
  expect(await write('snakemake', '--out', 'snake')).toMatchObject({exitCode: 0})
  const text = readFileSync(join(folder, 'snake/Snakefile'), 'utf8')
  const lists = [...text.matchAll(/^ {4}"([a-z0-9-]+)": (\[.*\]),$/gm)].map(([, name, list]) => [
    name,
    JSON.parse(list),
  ])
  expect(lists.slice(2)).toEqual([
    ['0-tiny-hostile-seed-3', ['train.jsonl', 'test.jsonl']], // by whose changes a cell runs again; a path with braces is left out
    ['1-tiny-bad-seed-3', ['-bad.yaml', 'broken.jsonl', 'test.jsonl']],
  ])
  expect(lists.slice(0, 2)).toEqual([
    ['0-tiny-hostile-seed-3', ['run', HOSTILE, '--yes', '--set', 'seed=3']],
    ['1-tiny-bad-seed-3', ['run', './-bad.yaml', '--yes', '--set', 'seed=3']],
  ])
  expect(text).toMatch(/THREADS = \{\n {4}"0-tiny-hostile-seed-3": 1,\n {4}"1-tiny-bad-seed-3": 1,\n\}/)
  const single = await svft(folder, ['export', 'snakemake', 'free.yaml', '--out', 'snake2'])
  expect(single.stdout).toMatch(/^1 cell in snake2/)
  expect(readFileSync(join(folder, 'snake2/Snakefile'), 'utf8')).toMatch(/^# 1 cell, written .*THREADS = \{\n\}/s)
  expect(text).toMatch(/^DONE = "runs\/\.snakemake\/svft-[0-9a-f]{8}\/\{cell\}\.done"$/m)
})

test('a flag that a format does not read is unknown', async () => {
  const messageOf = async (...args: string[]) =>
    JSON.parse((await write(args[0], '--out', 'none', ...args.slice(1))).stdout)
  for (const [format, flag, value] of [
    ['shell', '--image', 'x'],
    ['shell', '--workers', '3'],
    ['snakemake', '--workers', '3'],
    ['skypilot', '--workers', '3'],
  ]) {
    expect((await messageOf(format, flag, value)).error).toMatchObject({
      kind: 'usage',
      message: `unknown flag: ${flag}; svft export ${format} --help lists all flags`,
    })
  }
  expect(existsSync(join(folder, 'none'))).toBe(false)
})

test('existing files are not overwritten, and a run’s adapter is still exported', async () => {
  const again = await write('shell', '--out', 'jobs here')
  expect(again.exitCode).toBe(2)
  expect(JSON.parse(String(again.stdout)).error.message).toBe('jobs here/svft.sh: already exists; move it away first')
  const run = join('runs', rows('tiny-hostile')[0])
  const adapter = await svft(folder, ['export', run, '--out', 'adapter'])
  expect(adapter).toMatchObject({exitCode: 0})
  expect(adapter.stderr).toBe(`next: svft merge ${run} --out merged, which writes a model that transformers loads`)
  expect(existsSync(join(folder, 'adapter/adapter_model.safetensors'))).toBe(true)
})
