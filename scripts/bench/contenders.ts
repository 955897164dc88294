import {readFileSync} from 'node:fs'
import {execArgv, execPath} from 'node:process'
import {fileURLToPath} from 'node:url'
import type {Contender} from './contender.ts'
import type {BenchOptions} from './options.ts'

/** What step.ts and peer/torch_step.py can both be told. */
export interface StepSettings {
  readonly model: 'vit-b' | 'llama-768' | 'smollm2'
  readonly method: 'lora' | 'dora' | 'vera' | 'boft' | 'svft-plain' | 'svft-banded' | 'svft-random'
  readonly diagonals?: number
  /** On lora's targets, where the paper has the method on fewer. */
  readonly everywhere?: boolean
}

/** Training steps of ours. */
export function ourStep(settings: StepSettings & {readonly recompute?: boolean}, options: BenchOptions): Contender {
  return ours(stepName(settings), 'step.ts', stepFlags(settings, options))
}

/** The same steps in PyTorch. */
export function torchStep(settings: StepSettings, options: BenchOptions): Contender {
  return torch(stepName(settings), 'torch_step.py', stepFlags(settings, options), options)
}

/** Answers of ours to `batch` prompts. */
export function ourAnswers(batch: number, {threads, folder}: BenchOptions): Contender {
  return ours(answersName(batch), 'decode.ts', {batch, threads, folder})
}

/** The same answers in PyTorch. */
export function torchAnswers(batch: number, options: BenchOptions): Contender {
  const {threads, folder} = options
  return torch(answersName(batch), 'torch_generate.py', {batch, threads, folder}, options)
}

/** What the machine can do at best: gemm.ts, bandwidth.ts. */
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
    ...(settings.model === 'vit-b' ? {} : {tokens}),
    ...(settings.model === 'smollm2' ? {folder} : {}),
  }
}

type Flags = Readonly<Record<string, string | number | boolean | undefined>>

/** What bin/run.js sets before Node starts, from its first line. */
const [, variable, value] = /(\w+)=(\S+) node$/m.exec(
  readFileSync(new URL('../../bin/run.js', import.meta.url), 'utf8'),
)!

/** A script of this folder, run as this process is, with svft's environment. */
const ours = (name: string, script: string, flags: Flags): Contender => ({
  name,
  command: [execPath, ...execArgv, fileURLToPath(new URL(script, import.meta.url)), ...spelled(flags)],
  environment: {[variable]: value},
})

/** A script of peer/. */
const torch = (name: string, script: string, flags: Flags, {python = 'python3'}: BenchOptions): Contender => ({
  name: `${name}, torch`,
  command: [python, fileURLToPath(new URL(`peer/${script}`, import.meta.url)), ...spelled(flags)],
})

const spelled = (flags: Flags): string[] =>
  Object.entries(flags).flatMap(([name, value]) =>
    value === undefined || value === false ? [] : value === true ? [`--${name}`] : [`--${name}`, String(value)],
  )
