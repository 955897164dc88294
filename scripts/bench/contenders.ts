import {readFileSync} from 'node:fs'
import {execArgv, execPath} from 'node:process'
import {fileURLToPath} from 'node:url'
import type {Contender} from './contender.ts'
import type {BenchOptions} from './options.ts'

/** The options that step.ts and peer/torch_step.py share. */
export interface StepSettings {
  readonly model: 'vit-b' | 'llama-768' | 'smollm2'
  readonly method: 'lora' | 'dora' | 'vera' | 'boft' | 'svft-plain' | 'svft-banded' | 'svft-random'
  readonly diagonals?: number
  /** Adapt lora's targets, also if the paper adapts fewer with this method. */
  readonly everywhere?: boolean
}

/** Our training steps. */
export function ourStep(settings: StepSettings & {readonly recompute?: boolean}, options: BenchOptions): Contender {
  return ours(stepName(settings), 'step.ts', stepFlags(settings, options))
}

/** The same steps in PyTorch. */
export function torchStep(settings: StepSettings, options: BenchOptions): Contender {
  return torch(stepName(settings), 'torch_step.py', stepFlags(settings, options), options)
}

/** Our answers to `batch` prompts. */
export function ourAnswers(batch: number, {threads, folder}: BenchOptions): Contender {
  return ours(answersName(batch), 'decode.ts', {batch, threads, folder})
}

/** The same answers in PyTorch. */
export function torchAnswers(batch: number, options: BenchOptions): Contender {
  const {threads, folder} = options
  return torch(answersName(batch), 'torch_generate.py', {batch, threads, folder}, options)
}

/** The limits of the machine: gemm.ts, bandwidth.ts. */
export const bound = (name: 'gemm' | 'bandwidth', {threads}: BenchOptions) => ours(name, `${name}.ts`, {threads})

const stepName = ({model, method, diagonals, everywhere, recompute}: StepSettings & {readonly recompute?: boolean}) =>
  `${model} ${method}${diagonals ? ` d=${diagonals}` : ''}${everywhere ? ' everywhere' : ''}${recompute ? ', recompute' : ''}`

const answersName = (batch: number) => `smollm2, ${batch} ${batch === 1 ? 'answer' : 'answers'}`

function stepFlags(settings: StepSettings & {readonly recompute?: boolean}, options: BenchOptions): Flags {
  const {threads, batch, tokens, folder} = options
  return {
    ...settings,
    threads,
    batch,
    tokens: settings.model === 'vit-b' ? undefined : tokens,
    folder: settings.model === 'smollm2' ? folder : undefined,
  }
}

type Flags = Readonly<Record<string, string | number | boolean | undefined>>

/** The variables that the first line of bin/run.js sets before Node starts. */
const [, variable, value] =
  /(\w+)=(\S+) node$/m.exec(readFileSync(new URL('../../bin/run.js', import.meta.url), 'utf8')) ?? []

/** Starts a script of this folder like this process, with svft's environment. */
const ours = (name: string, script: string, flags: Flags): Contender => ({
  name,
  command: [execPath, ...execArgv, fileURLToPath(new URL(script, import.meta.url)), ...spelled(flags)],
  environment: {[variable]: value},
})

/** Starts a script of peer/. */
const torch = (name: string, script: string, flags: Flags, {python = 'python3'}: BenchOptions): Contender => ({
  name: `${name}, torch`,
  command: [python, fileURLToPath(new URL(`peer/${script}`, import.meta.url)), ...spelled(flags)],
})

const spelled = (flags: Flags): string[] =>
  Object.entries(flags).flatMap(([name, value]) =>
    value === undefined || value === false ? [] : value === true ? [`--${name}`] : [`--${name}`, String(value)],
  )
