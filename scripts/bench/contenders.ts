import {readFileSync} from 'node:fs'
import {execArgv, execPath} from 'node:process'
import {fileURLToPath} from 'node:url'
import type {Contender} from './contender.ts'
import type {RoundOptions} from './rounds.ts'

/** The options of all benchmarks. */
export interface BenchOptions extends RoundOptions {
  readonly threads: number
  /** Texts or images per step, and text length, instead of each model's defaults. */
  readonly batch?: number | undefined
  readonly tokens?: number | undefined
  /** A Python that has PyTorch, transformers and peft. */
  readonly python?: string | undefined
  /** SmolLM2's checkpoint instead of random weights. */
  readonly folder?: string | undefined
}

/** The options that step.ts and peer/torch_step.py share. */
export interface StepSettings {
  readonly model: 'vit-b' | 'llama-768' | 'smollm2'
  readonly method: 'lora' | 'dora' | 'vera' | 'boft' | 'svft-plain' | 'svft-banded' | 'svft-random'
  readonly diagonals?: number
  /** Adapt lora's targets, also if the paper adapts fewer with this method. */
  readonly everywhere?: boolean
  /** Recompute activations; our steps only. */
  readonly recompute?: boolean
}

/** Our training steps. */
export const ourStep = (settings: StepSettings, options: BenchOptions): Contender =>
  ours(stepName(settings), 'step.ts', stepFlags(settings, options))

/** The same steps in PyTorch. */
export const torchStep = (settings: StepSettings, options: BenchOptions): Contender =>
  torch(stepName(settings), 'torch_step.py', stepFlags(settings, options), options)

/** Our greedy decoding of `batch` prompts. */
export const ourDecoding = (batch: number, {threads, folder}: BenchOptions): Contender =>
  ours(decodingName(batch), 'decode.ts', {batch, threads, folder})

/** The same decoding in PyTorch. */
export const torchDecoding = (batch: number, options: BenchOptions): Contender =>
  torch(decodingName(batch), 'torch_generate.py', {batch, threads: options.threads, folder: options.folder}, options)

/** The limits of the machine: gemm.ts, bandwidth.ts. */
export const bound = (name: 'gemm' | 'bandwidth', {threads}: BenchOptions) => ours(name, `${name}.ts`, {threads})

const stepName = ({model, method, diagonals, everywhere, recompute}: StepSettings) =>
  `${model} ${method}${diagonals ? ` d=${diagonals}` : ''}${everywhere ? ' everywhere' : ''}${recompute ? ', recompute' : ''}`

const decodingName = (batch: number) => `smollm2, ${batch} ${batch === 1 ? 'prompt' : 'prompts'}`

const stepFlags = (settings: StepSettings, {threads, batch, tokens, folder}: BenchOptions): Flags => ({
  ...settings,
  threads,
  batch,
  tokens: settings.model === 'vit-b' ? undefined : tokens,
  folder: settings.model === 'smollm2' ? folder : undefined,
})

type Flags = Readonly<Record<string, string | number | boolean | undefined>>

/** The variables that the first line of bin/run.js sets before Node starts. */
const [, variable, value] =
  /(\w+)=(\S+) node$/m.exec(readFileSync(new URL('../../bin/run.js', import.meta.url), 'utf8')) ?? []

/** Starts a script of this folder like this process, with svft's environment. */
const ours = (name: string, script: string, flags: Flags): Contender => ({
  name,
  command: [execPath, ...execArgv, fileURLToPath(new URL(script, import.meta.url)), ...formatFlags(flags)],
  environment: {[variable]: value},
})

/** Starts a script of peer/. */
const torch = (name: string, script: string, flags: Flags, {python = 'python3'}: BenchOptions): Contender => ({
  name: `${name}, torch`,
  command: [python, fileURLToPath(new URL(`peer/${script}`, import.meta.url)), ...formatFlags(flags)],
})

const formatFlags = (flags: Flags): string[] =>
  Object.entries(flags).flatMap(([name, value]) =>
    value === undefined || value === false ? [] : value === true ? [`--${name}`] : [`--${name}`, String(value)],
  )
