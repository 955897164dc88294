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
  /** Compare with PyTorch in bfloat16. */
  readonly bf16: boolean
  /** The rows of the comparison with PyTorch; default: all. */
  readonly rows?: readonly string[] | undefined
}

/** bfloat16 is the engine openvino on our side, and autocast with torch.compile on PyTorch's. */
type Precision = 'float32' | 'bf16'

/** The options that step.ts and peer/torch_step.py share. */
export interface StepSettings {
  readonly model: 'vit-b' | 'llama-768' | 'smollm2'
  readonly method: 'full' | 'lora' | 'dora' | 'vera' | 'boft' | 'svft-plain' | 'svft-banded' | 'svft-random'
  readonly diagonals?: number
  /** Adapt lora's targets, also if the paper adapts fewer with this method. */
  readonly everywhere?: boolean
  /** Recompute activations; our steps only. */
  readonly recompute?: boolean
  readonly precision?: Precision
}

/** The options that decode.ts and peer/torch_generate.py share. */
export interface DecodingSettings {
  readonly batch: number
  /** The tokens of a prompt. */
  readonly prompt?: number
  readonly precision?: Precision
}

/** Our training steps. */
export const ourStep = (settings: StepSettings, options: BenchOptions): Contender =>
  ours(stepName(settings), 'step.ts', {
    ...stepFlags(settings, options),
    engine: ENGINES[settings.precision ?? 'float32'],
  })

/** The same steps in PyTorch, on the checkpoint in `folder`. */
export const torchStep = (settings: StepSettings, folder: string, options: BenchOptions): Contender => {
  const flags = {...stepFlags(settings, options), folder}
  const bf16 = settings.precision === 'bf16' && {bfloat16: true, compile: true}
  return torch(stepName(settings), 'torch_step.py', {...flags, ...bf16}, options)
}

/** Our greedy decoding of a batch of prompts. */
export const ourDecoding = (settings: DecodingSettings, {threads, folder}: BenchOptions): Contender => {
  const {precision = 'float32', ...flags} = settings
  return ours(decodingName(settings), 'decode.ts', {...flags, threads, folder, engine: ENGINES[precision]})
}

/** The same decoding in PyTorch, by the checkpoint in `folder`. */
export const torchDecoding = (settings: DecodingSettings, folder: string, options: BenchOptions): Contender => {
  const {precision, ...flags} = settings
  const {threads} = options
  return torch(
    decodingName(settings),
    'torch_generate.py',
    {...flags, threads, folder, bfloat16: precision === 'bf16'},
    options,
  )
}

/** The limits of the machine: gemm.ts, bandwidth.ts. */
export const bound = (name: 'gemm' | 'bandwidth', {threads}: BenchOptions, precision: Precision = 'float32') =>
  ours(`${name}${suffix(precision)}`, `${name}.ts`, {threads, engine: ENGINES[precision]})

/** PyTorch's matrix products in bfloat16. */
export const torchGemm = (options: BenchOptions) =>
  torch(`gemm${suffix('bf16')}`, 'torch_gemm.py', {threads: options.threads}, options)

const ENGINES: Readonly<Record<Precision, string>> = {float32: 'onnx', bf16: 'openvino'}

const suffix = (precision: Precision | undefined) => (precision === 'bf16' ? ' bf16' : '')

const stepName = ({model, method, diagonals, everywhere, recompute, precision}: StepSettings) =>
  `${model} ${method}${diagonals ? ` d=${diagonals}` : ''}${everywhere ? ' everywhere' : ''}${recompute ? ', recompute' : ''}${suffix(precision)}`

const decodingName = ({batch, prompt = 128, precision}: DecodingSettings) =>
  `smollm2, ${batch} × ${prompt}${suffix(precision)}`

const stepFlags = (
  {precision: _, ...settings}: StepSettings,
  {threads, batch, tokens, folder}: BenchOptions,
): Flags => ({
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
