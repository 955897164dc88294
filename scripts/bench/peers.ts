import {Fault} from '../../src/base/fault.ts'
import {lookUp} from '../look-up.ts'
import {SMOLLM2} from './causal-subject.ts'
import {
  type BenchOptions,
  bound,
  type DecodingSettings,
  ourDecoding,
  ourStep,
  type StepSettings,
  torchDecoding,
  torchGemm,
  torchStep,
} from './contenders.ts'
import {compare, compareFlops, compareLosses, compareMemory, joinResults, type Result} from './finding.ts'
import {interleave} from './rounds.ts'
import {VIT_B} from './vit-subject.ts'
import {randomCheckpoint} from './weights.ts'

type Row = (options: BenchOptions) => Promise<Result>

const VIT_LORA = {model: 'vit-b', method: 'lora'} as const
const VIT_FULL = {model: 'vit-b', method: 'full'} as const

const FLOAT32: Readonly<Record<string, Row>> = {
  'vit-b-lora': options => compareSteps(VIT_LORA, options),
  'vit-b-full': options => compareSteps(VIT_FULL, options),
  'smollm2-lora': options => compareSteps({model: 'smollm2', method: 'lora'}, options),
  'decode-1': options => compareDecoding({batch: 1}, options),
  'decode-16': options => compareDecoding({batch: 16}, options),
}

const BF16: Readonly<Record<string, Row>> = {
  'vit-b-lora': options => compareBf16Steps(VIT_LORA, options, {gemm: true}),
  'vit-b-svft-plain': options => compareBf16Steps({model: 'vit-b', method: 'svft-plain'}, options, {lora: true}),
  'vit-b-svft-banded': options => compareBf16Steps({model: 'vit-b', method: 'svft-banded', diagonals: 2}, options),
  'vit-b-full': options => compareBf16Steps(VIT_FULL, options),
  'smollm2-lora': options => compareBf16Steps({model: 'smollm2', method: 'lora'}, options, {gemm: true}),
  'decode-1': options => compareBf16Decoding({batch: 1}, options),
  'decode-16': options => compareBf16Decoding({batch: 16}, options),
  'prompt-512': options => compareBf16Decoding({batch: 1, prompt: 512}, options),
}

/** The names of the rows, in float32 and in bfloat16. */
export const PEER_ROWS = {float32: Object.keys(FLOAT32), bfloat16: Object.keys(BF16)}

/** Compares training steps and decoding with the same in PyTorch, in turns. */
export async function torchBench(options: BenchOptions): Promise<Result> {
  if (options.python === undefined) {
    throw new Fault('usage', 'peer needs --peer <python>, with the packages that scripts/bench/peer/README.md lists')
  }
  const table = options.bf16 ? BF16 : FLOAT32
  const rows = (options.rows ?? Object.keys(table)).map(name => lookUp('row', table, name))
  const results: Result[] = []
  for (const row of rows) results.push(await row(options))
  return joinResults(results)
}

/** Our steps and PyTorch's in float32. */
async function compareSteps(settings: StepSettings, options: BenchOptions): Promise<Result> {
  const folder = await folderOf(settings.model, options)
  const outcomes = await interleave([ourStep(settings, options), torchStep(settings, folder, options)], options)
  const [ours, theirs] = outcomes
  const findings = [compare(ours, theirs, 'seconds'), compareMemory(ours, theirs), compareLosses(ours, theirs)]
  return {findings, outcomes}
}

/** Our decoding and PyTorch's in float32. */
async function compareDecoding(settings: DecodingSettings, options: BenchOptions): Promise<Result> {
  const folder = await folderOf('smollm2', options)
  const outcomes = await interleave([ourDecoding(settings, options), torchDecoding(settings, folder, options)], options)
  const [ours, theirs] = outcomes
  const findings = [
    compare(ours, theirs, 'tokensPerSecond'),
    compare(ours, theirs, 'prefillSeconds'),
    compareMemory(ours, theirs),
  ]
  return {findings, outcomes}
}

/**
 * Our steps in bfloat16, PyTorch's in bfloat16 and ours in float32; with `lora`, our LoRA step in bfloat16 too; with `gemm`, the
 * rates of matrix products in bfloat16.
 */
async function compareBf16Steps(
  settings: StepSettings,
  options: BenchOptions,
  {lora = false, gemm = false}: {readonly lora?: boolean; readonly gemm?: boolean} = {},
): Promise<Result> {
  const bf16 = {...settings, precision: 'bf16'} as const
  const folder = await folderOf(settings.model, options)
  const contenders = [ourStep(bf16, options), torchStep(bf16, folder, options), ourStep(settings, options)]
  if (lora) contenders.push(ourStep({...VIT_LORA, precision: 'bf16'}, options))
  if (gemm) contenders.push(bound('gemm', options, 'bf16'), torchGemm(options))
  const outcomes = await interleave(contenders, options)
  const [ours, theirs, float32, ...others] = outcomes
  const findings = [
    compare(ours, theirs, 'seconds'),
    compareMemory(ours, theirs),
    compareLosses(ours, theirs),
    compare(ours, float32, 'seconds'),
    compareLosses(ours, float32),
    ...others.map(other => (gemm ? compareFlops(ours, other) : compare(ours, other, 'seconds'))),
  ]
  return {findings, outcomes}
}

/** Our decoding in bfloat16, PyTorch's in bfloat16 and ours in float32. */
async function compareBf16Decoding(settings: DecodingSettings, options: BenchOptions): Promise<Result> {
  const bf16 = {...settings, precision: 'bf16'} as const
  const folder = await folderOf('smollm2', options)
  const outcomes = await interleave(
    [ourDecoding(bf16, options), torchDecoding(bf16, folder, options), ourDecoding(settings, options)],
    options,
  )
  const [ours, ...others] = outcomes
  const findings = others.flatMap(other => [
    compare(ours, other, 'tokensPerSecond'),
    compare(ours, other, 'prefillSeconds'),
    compareMemory(ours, other),
  ])
  return {findings, outcomes}
}

/** The checkpoint that both sides read. */
async function folderOf(model: StepSettings['model'], {folder}: BenchOptions): Promise<string> {
  if (model === 'vit-b') return randomCheckpoint(VIT_B)
  return folder ?? (await randomCheckpoint(SMOLLM2))
}
