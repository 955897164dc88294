import {cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {execa} from 'execa'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {readResults} from '../../src/results/read-results.ts'
import {computed} from '../support/kills.ts'
import {openWorkplace, spawnSvft, writeRecipe} from '../support/workplace.ts'
import {type Cluster, startCluster} from './cluster.ts'

// Sweeps on a real Slurm of two nodes, which an ordinary user starts and stops. Every case ends with the rows, answers
// and last numbers of runs that nothing disturbed.

const TOKEN = 'hf_thisMustNotLeaveTheProcess'
let cluster: Cluster
let original: string
const folders: string[] = []

beforeAll(async () => {
  expect(process.getuid?.(), 'this test is for an ordinary user: root could do what others cannot').not.toBe(0)
  original = await openWorkplace()
  cluster = await startCluster(temporary(), {largestArray: 3})
  const alone = workplace(LONG)
  straight = Promise.resolve(spawnSvft(alone, ['run', 'svft.yaml'])).then(() => computed(alone, 'tiny.csv'))
})
afterAll(async () => {
  await cluster?.stop()
  for (const folder of folders) rmSync(folder, {recursive: true, force: true})
})

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'svft-'))
  folders.push(folder)
  return folder
}

/** A folder with a recipe whose name and place are awkward. */
function workplace(train: object): string {
  const folder = join(temporary(), "a 100%a 'place'")
  mkdirSync(folder)
  cpSync(original, folder, {recursive: true})
  writeRecipe(folder, {name: 'tiny/svft', train}, 'svft.yaml')
  return folder
}

const sweep = (folder: string, ...args: string[]) =>
  spawnSvft(folder, ['sweep', 'svft.yaml', '--on', 'slurm', '--json', ...args], {
    env: {...cluster.env, HF_TOKEN: TOKEN},
  })

const resultOf = ({stdout}: {readonly stdout?: unknown}) => JSON.parse(String(stdout)).result
const LONG = {steps: 1000, saveEvery: 100}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    await setTimeout(20)
  }
}

const list = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])

/** The attempts at work in a folder that have saved their state: their folders, and the numbers of their processes. */
function attempts(folder: string) {
  const place = join(folder, 'runs/.attempts')
  return list(place)
    .flatMap(run => list(join(place, run)).map(attempt => join(run, attempt)))
    .filter(name => list(join(place, name, 'checkpoints')).some(state => /^step-\d+$/.test(state)))
    .map(name => ({name, pid: Number(/-(\d+)-[0-9a-f]{12}$/.exec(name)?.[1])}))
}

const begun = (folder: string) => until(() => attempts(folder).at(0))

/** The process that Slurm started, which started the one that works. */
const parentOf = (pid: number) => Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])

let straight: Promise<ReturnType<typeof computed>>
/** Whether a folder's only run has the numbers of one that nothing disturbed. */
async function expectUndisturbed(folder: string): Promise<void> {
  expect(computed(folder, 'tiny.csv')).toEqual(await straight)
  expect(attempts(folder)).toEqual([])
  expect(readdirSync(join(folder, 'runs/.slurm'))).toEqual([])
}

test.concurrent('array: a sweep larger than an array runs in two, with each recipe’s own threads, and no secret leaves the process', async () => {
  const folder = workplace({})
  writeRecipe(folder, {name: 'tiny/wide', threads: 2}, 'wide.yaml')
  writeRecipe(folder, {name: 'tiny/free', threads: undefined}, 'free.yaml')
  const done = await sweep(folder, 'wide.yaml', 'free.yaml', '--seeds', '0-1')
  expect(String(done.stderr).match(/^submitted 3 cells as Slurm job \d+/gm)).toHaveLength(2)
  expect(String(done.stderr)).toMatch(/^tiny\/svft seed=1: done: test 0\.0 in /m)
  expect(done.exitCode).toBe(0)
  expect(resultOf(done)).toMatchObject({counts: {done: 6}})
  const rows = await readResults(join(folder, 'results/tiny.csv'))
  const threads = rows.map(({recipe, threads}) => `${recipe} ${threads}`)
  expect(threads.sort()).toEqual(['free 1', 'free 1', 'svft 1', 'svft 1', 'wide 2', 'wide 2'].map(row => `tiny/${row}`))
  const places = [cluster.folder, folder]
  const files = places.flatMap(place => readdirSync(place, {recursive: true, encoding: 'utf8'}))
  expect(files.some(file => /hash\.\d\/job\.\d+\/environment$/.test(file))).toBe(true)
  // 1: found nowhere; 2: nor in the files that Slurm replaced meanwhile
  const found = await execa('grep', ['-rlF', '--', TOKEN, ...places], {reject: false})
  expect(found.stdout).toBe('')
  expect([1, 2]).toContain(found.exitCode)
})

test.concurrent('cancel: a job that somebody cancels has saved its state, and the same command goes on with it', async () => {
  const folder = workplace(LONG)
  const following = sweep(folder)
  await begun(folder)
  const [name] = readdirSync(join(folder, 'runs/.slurm')).filter(one => one.startsWith('svft-'))
  await cluster.ask('scancel', `--name=${name}`)
  const cancelled = await following
  expect(cancelled.exitCode).toBe(1)
  expect(resultOf(cancelled)).toMatchObject({counts: {pending: 1}})
  expect(String(cancelled.stderr)).toMatch(/pending, .*: Slurm job \d+_0 was cancelled/)
  expect(await sweep(folder)).toMatchObject({exitCode: 0})
  await expectUndisturbed(folder)
})

test.concurrent('obstacle: a task that Slurm does not start is reported once with the reason, and followed', async () => {
  const folder = workplace(LONG)
  const following = sweep(folder, '--slurm', 'partition=shut')
  let text = ''
  following.stderr?.on('data', data => {
    text += data
  })
  await until(() => /^Slurm does not start 1 cell, as \d+_0, for the reason PartitionDown$/m.exec(text) ?? undefined)
  await cluster.ask('scontrol', 'update', 'PartitionName=shut', 'State=UP')
  expect((await following).exitCode).toBe(0)
  expect(text.match(/does not start/g)).toHaveLength(1)
  await expectUndisturbed(folder)
})

test.concurrent('kill: a task killed by a signal, which Slurm gives the exit code 0, is lost, told, and tried again', async () => {
  const folder = workplace(LONG)
  const following = sweep(folder)
  const {pid} = await begun(folder)
  for (const victim of [parentOf(pid), pid]) process.kill(victim, 'SIGKILL')
  const done = await following
  expect(String(done.stderr)).toMatch(/^tiny\/svft seed=42: lost: Slurm job \d+_0 was killed by signal 9$/m)
  expect(done.exitCode).toBe(0)
  await expectUndisturbed(folder)
})

test.concurrent('refusal: a cell that Slurm refuses for a moment is submitted again later', async () => {
  const folder = workplace(LONG)
  const bin = temporary()
  const refusing = (command: string, when: string) => {
    const script = `#!/bin/sh\nif ${when}; then echo refused >&2; exit 1; fi\nPATH='${process.env.PATH}'\nexec ${command} "$@"\n`
    writeFileSync(join(bin, command), script, {mode: 0o755})
  }
  refusing('scontrol', '[ "$1" = requeue ]')
  refusing('sbatch', `echo >>'${bin}/calls'; [ $(wc -l <'${bin}/calls') = 2 ]`)
  const following = spawnSvft(folder, ['sweep', 'svft.yaml', '--on', 'slurm', '--json'], {
    env: {...cluster.env, PATH: `${bin}:${process.env.PATH}`},
  })
  const {pid} = await begun(folder)
  for (const victim of [parentOf(pid), pid]) process.kill(victim, 'SIGKILL')
  const done = await following
  expect(String(done.stderr)).toMatch(/cannot submit cells again; still trying: sbatch: refused/)
  expect(done.exitCode).toBe(0)
  await expectUndisturbed(folder)
})

test.concurrent('requeue: a task told that its time ends saves its state, and goes on without a pause', async () => {
  const folder = workplace(LONG)
  const following = sweep(folder)
  const {pid} = await begun(folder)
  process.kill(parentOf(pid), 'SIGUSR2')
  const done = await following
  const states = [...String(done.stderr).matchAll(/^tiny\/svft seed=42: (\w+)/gm)].map(([, state]) => state)
  expect(states.filter(state => state !== 'train')).toEqual(['running', 'pending', 'running', 'done'])
  expect(done.exitCode).toBe(0)
  await expectUndisturbed(folder)
})

test.concurrent('alone: a task whose time ends while nobody follows it goes on', async () => {
  const folder = workplace(LONG)
  const following = sweep(folder)
  const {pid} = await begun(folder)
  process.kill(pid, 'SIGSTOP') // so that it is not done before its time ends
  following.kill('SIGINT')
  const [job] = resultOf(await following).queued
  const task = parentOf(pid)
  process.kill(task, 'SIGUSR2')
  process.kill(pid, 'SIGCONT')
  await until(() => (existsSync(`/proc/${task}`) ? undefined : true))
  await setTimeout(2000) // a task that starts while Slurm ends its former start may fail at once
  while (!existsSync(join(folder, 'results/tiny.csv'))) {
    await setTimeout(500)
    await cluster.ask('scontrol', 'update', `JobId=${job}`, 'StartTime=now').catch(() => {}) // Slurm lets two minutes pass
  }
  const again = await sweep(folder)
  expect(String(again.stderr)).not.toMatch(/submitted/)
  expect(again.exitCode).toBe(0)
  await expectUndisturbed(folder)
})

test.concurrent('resume: who stops following leaves the jobs, and the same command takes them up', async () => {
  const folder = workplace(LONG)
  const first = sweep(folder)
  const {pid} = await begun(folder)
  process.kill(pid, 'SIGSTOP') // so that it is not done before it is taken up
  first.kill('SIGINT')
  const left = await first
  expect(left.exitCode).toBe(130)
  const {queued} = resultOf(left)
  expect(queued).toHaveLength(1)
  const following = sweep(folder)
  let told = ''
  following.stderr?.on('data', text => {
    told += text
  })
  await until(() => /following 1 cell already in Slurm's queue/.exec(told) ?? undefined)
  process.kill(pid, 'SIGCONT')
  const again = await following
  expect(String(again.stderr)).not.toMatch(/submitted/)
  expect(again.exitCode).toBe(0)
  await expectUndisturbed(folder)
})

test.concurrent('tune: trials run as tasks, then the tuned recipe does', async () => {
  const folder = workplace({steps: 4})
  cpSync(join(folder, 'test.jsonl'), join(folder, 'validation.jsonl'))
  const data = {train: 'train.jsonl', validation: 'validation.jsonl', test: {test: 'test.jsonl'}}
  writeRecipe(folder, {name: 'tiny/svft', data}, 'svft.yaml')
  const search = ['tune', 'svft.yaml', '--over', 'train.lr=1e-3..1e-1:log', '--trials', '3']
  const tuned = await spawnSvft(folder, [...search, '--on', 'slurm', '--json'], {env: cluster.env})
  expect(tuned.exitCode).toBe(0)
  expect(String(tuned.stderr).match(/^submitted .* as Slurm job/gm)).toHaveLength(2)
  expect(resultOf(tuned).recipes).toMatchObject([{tuned: 'tuned/tiny/svft.yaml', scores: [{scores: {test: {n: 3}}}]}])
  expect(readdirSync(join(folder, 'runs')).filter(name => name.startsWith('tune-'))).toHaveLength(3)
})

test('node loss: the run goes on elsewhere while the lost node still works on it, and the two never mix', async () => {
  const folder = workplace(LONG)
  const following = sweep(folder)
  const lost = await begun(folder)
  const node = (await cluster.ask('squeue', '-h', '-o', '%N')).trim()
  await cluster.cut(node)
  process.kill(lost.pid, 'SIGSTOP') // until Slurm has noticed
  const two = await until(() => (attempts(folder).length > 1 ? attempts(folder) : undefined))
  const alive = two.filter(({pid}) => existsSync(`/proc/${pid}`))
  expect(alive).toHaveLength(2)
  expect(alive).toContainEqual(lost)
  process.kill(lost.pid, 'SIGCONT')
  const done = await following
  expect(String(done.stderr)).toMatch(/^tiny\/svft seed=42: lost: its node failed/m)
  expect(done.exitCode).toBe(0)
  await until(() => (existsSync(`/proc/${lost.pid}`) ? undefined : true))
  await expectUndisturbed(folder)
})
