import {type ChildProcess, fork} from 'node:child_process'
import {cpSync, existsSync, mkdirSync, writeFileSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {execa, type Options} from 'execa'
import type {ModelConfig} from '../../src/models/config.ts'
import {openModel} from '../../src/models/open-model.ts'
import {machine} from '../../src/plan/doctor/cached-rates.ts'
import {readRecipe} from '../../src/recipes/file/read.ts'
import type {Recipe} from '../../src/recipes/file/schema.ts'
import {drawTensors} from '../../src/recipes/training/draw-tensors.ts'
import {isTask, TASKS} from '../../src/tasks/index.ts'
import {random} from '../../src/tensor/random.ts'
import {writeSafetensors} from '../../src/weights/safetensors.ts'
import {openFolder} from './cleanup.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const MINI = join(root, 'models/llama-mini')

/** The command. */
export const bin = join(root, 'bin/run.js')

/** llama-mini's config.json, with sizes that make a model of 13 thousand parameters. */
export async function tinyConfig(): Promise<Record<string, unknown>> {
  const mini = JSON.parse(await readFile(join(MINI, 'config.json'), 'utf8'))
  const sizes = {hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1}
  return {...mini, ...sizes, intermediate_size: 24, torch_dtype: 'float32'}
}

interface TinyModelOptions {
  readonly seed?: number
  /** By default, of a LLaMA. */
  readonly config?: ModelConfig
}

/** Writes a tiny model with llama-mini's tokenizer, its weights drawn from a seed. */
export async function writeModel(folder: string, {seed = 1, ...options}: TinyModelOptions = {}): Promise<void> {
  const config = options.config ?? (await tinyConfig())
  const {shapes} = openModel(config)
  const drawn = drawTensors({shapes}, {deviation: 0.2, random: random(seed)})
  await writeCheckpoint(folder, config, drawn)
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json']) {
    cpSync(join(MINI, name), join(folder, name))
  }
}

/** Writes the config of a model, and tensors of it. */
export async function writeCheckpoint(folder: string, config: ModelConfig, values: Record<string, Float32Array>) {
  const {shapes} = openModel(config)
  mkdirSync(folder, {recursive: true})
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  const tensors = Object.entries(values).map(([name, data]) => [name, {dtype: 'float32', shape: shapes[name], data}])
  await writeSafetensors(join(folder, 'model.safetensors'), Object.fromEntries(tensors))
}

/** Makes a folder to run recipes in: a model, 10 examples of several lengths to train on, 3 items to be scored on. */
export async function openWorkplace(): Promise<string> {
  const folder = openFolder()
  await writeModel(join(folder, 'model'))
  writeLines(
    join(folder, 'train.jsonl'),
    Array.from({length: 10}, (_, i) => story(i, `The answer is: ${i + 2}`)),
  )
  writeLines(
    join(folder, 'test.jsonl'),
    [7, 8, 9].map(i => story(i, `#### ${i + 2}`)),
  )
  return folder
}

/** Makes a workplace and enters it, with a cache of its own, until the test file ends. */
export async function enterWorkplace(): Promise<string> {
  const folder = await openWorkplace()
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  return folder
}

/** Copies a workplace, for one test. */
export function copyWorkplace(original: string): string {
  const folder = openFolder()
  cpSync(original, folder, {recursive: true})
  return folder
}

const story = (i: number, end: string) => ({
  query: `Amy has ${i} cups. ${'She washes them. '.repeat(2 * (i % 2))}She buys 2 more. How many cups?`,
  response: `${i}+2=${i + 2}. ${end}`,
})

export function writeLines(file: string, objects: readonly object[]): void {
  writeFileSync(file, objects.map(object => `${JSON.stringify(object)}\n`).join(''))
}

type Changes = Readonly<Record<string, unknown>>

/** Writes a recipe of the folder's files; a change replaces a block, or of `train` and `evaluate` some values. */
export function writeRecipe(
  folder: string,
  {train, evaluate, ...changes}: Changes & {readonly train?: object; readonly evaluate?: object} = {},
  name = 'tiny.yaml',
): string {
  const {task = 'gsm8k'} = changes
  const writes = isTask(task) && TASKS[task].kind === 'generation'
  const recipe = {
    task: 'gsm8k',
    model: 'model',
    data: {train: 'train.jsonl', test: {test: 'test.jsonl'}},
    adapter: {method: 'svft', pattern: 'banded', diagonals: 1, targets: ['q_proj', 'down_proj']},
    train: {lr: 1e-2, steps: 4, batch: 4, microBatch: 2, maxTokens: 96, ...train},
    evaluate: {...(writes ? {maxNewTokens: 2} : {}), batch: 3, ...evaluate},
    threads: 1,
    ...changes,
  }
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(recipe))
  return file
}

/** A recipe as `writeRecipe` writes it, read. */
export async function tinyRecipe(folder: string, changes: Parameters<typeof writeRecipe>[1] = {}): Promise<Recipe> {
  return (await readRecipe(writeRecipe(folder, changes))).recipe
}

const environment = (folder: string, env?: Options['env']) => ({
  NODE_ENV: undefined,
  SVFT_CACHE: join(folder, 'cache'),
  ...env,
})

const RATES = {machine: await machine(), isBusy: false, flopsPerSecond: 2e11, bytesPerSecond: 4e10}
const PLANNING = ['run', 'plan', 'sweep', 'tune']

/**
 * Caches rates in a temporary folder for a command that plans: where there are none, it measures them, which keeps all cores
 * busy for a second.
 */
export function cacheRates(folder: string, [command = 'run']: readonly string[] = []): void {
  const file = join(folder, 'cache/rates.json')
  if (!PLANNING.includes(command) || !folder.startsWith(tmpdir()) || existsSync(file)) return
  mkdirSync(join(folder, 'cache'), {recursive: true})
  writeFileSync(file, JSON.stringify({...RATES, measured: Date.now()}))
}

/** Runs the command as a shell in `folder` does: for signals, closed streams, and whatever else only a process shows. */
export function spawnSvft(folder: string, args: readonly string[], options: Options = {}) {
  cacheRates(folder, args)
  return execa(process.execPath, [bin, ...args], {
    cwd: folder,
    reject: false,
    ...options,
    env: environment(folder, options.env),
  })
}

interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

let warm: ChildProcess | undefined
let last: Promise<unknown> = Promise.resolve()

/**
 * Runs the command in `folder`, one after another in a process that stays: much cheaper than a process for each. The
 * streams are those of a pipe, without the last newline.
 */
export function svft(folder: string, args: readonly string[], {env}: Pick<Options, 'env'> = {}): Promise<Ended> {
  cacheRates(folder, args)
  const wanted = Object.entries({...process.env, ...environment(folder, env)})
  const order = {folder, args, env: Object.fromEntries(wanted.filter(([, value]) => value !== undefined))}
  const ended = last.then(() => command(order))
  last = ended.catch(() => {})
  return ended
}

function command(order: object): Promise<Ended> {
  warm ??= fork(new URL('./warm.mjs', import.meta.url), {execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc']})
  const child = warm
  child.ref()
  return new Promise<Ended>((resolve, reject) => {
    const die = (code: number | null, signal: string | null) => {
      warm = undefined
      reject(new Error(`the process of the commands ended: ${signal ?? code}`))
    }
    child.once('exit', die)
    child.once('message', ({exitCode, stdout, stderr}: Ended) => {
      child.off('exit', die).unref()
      resolve({exitCode, stdout: stdout.replace(/\n$/, ''), stderr: stderr.replace(/\n$/, '')})
    })
    child.send(order)
  })
}
