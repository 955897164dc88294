import {join} from 'node:path'
import {measureKept} from '../adapters/kept-update.ts'
import {changedTensors} from '../adapters/merge.ts'
import {Fault} from '../base/fault.ts'
import {writeText} from '../base/files.ts'
import {ROUND} from '../base/half.ts'
import {publishFolder} from '../base/published-folder.ts'
import {readText, SMALL_FILE} from '../base/read-file.ts'
import type {StoredDType} from '../engine/program.ts'
import {defaultLabels, type ModelConfig, readLabels} from '../models/config.ts'
import type {Model} from '../models/model.ts'
import {orderHead} from '../recipes/kept-head.ts'
import {openTask, readTaskStopIds} from '../tasks/open-task.ts'
import type {GenerationTask, LanguageTask} from '../tasks/task.ts'
import {addPadToken} from '../tokenizer/pad-token.ts'
import {addStopIds} from '../tokenizer/stop-ids.ts'
import {openTokenizer} from '../tokenizer/tokenizer.ts'
import {copyCompanions} from '../weights/companions.ts'
import {beforeEachWrite, readTensor, readWritable, type Writable} from '../weights/safetensors.ts'
import {type WriteOptions, writeWeights} from '../weights/write-checkpoint.ts'
import type {AdaptedModel} from './adapted-model.ts'

export interface MergeModelOptions extends WriteOptions {
  /** `base` rounds each tensor to its dtype in the original model, so that untrained tensors keep their bits. */
  readonly dtype?: 'float32' | 'base'
  /** Checked before each tensor; if aborted, its reason is thrown, and nothing is left. */
  readonly signal?: AbortSignal
}

/**
 * Writes the trained model as the folder `out`, whole or not at all: an ordinary checkpoint with the tokenizer's files.
 * Only one tensor at a time is in memory. Returns the share of what training changed that the written dtypes keep.
 */
export async function writeMerged(
  adapted: AdaptedModel,
  out: string,
  options: MergeModelOptions = {},
): Promise<number> {
  const {folder, tokenizerFolder: tokenizer, config, model, tensors, padToken, classes} = adapted
  const {dtype = 'float32', signal, ...rest} = options
  const changed = changedTensors(adapted)
  const dtypeOf = (name: string) => (dtype === 'base' ? (tensors[name]?.dtype ?? 'float32') : 'float32')
  const written = Object.entries(model.shapes).map(([name, shape]): [string, Writable] => [
    name,
    {
      shape,
      dtype: dtypeOf(name),
      data: changed[name]
        ? () => readFinite(name, {...changed[name], dtype: dtypeOf(name)})
        : async () => (await readTensor(tensors[name])) as Float32Array,
    },
  ])
  const start = await orderHead(adapted)
  const before = Object.keys(changed).flatMap(name => (name in start ? [[name, start[name]] as const] : []))
  const stopIds = await readStopIds(adapted)
  const {tensors: weights, kept} = measureKept(Object.fromEntries(written), Object.fromEntries(before))
  await publishFolder(out, async temporary => {
    await copyCompanions(folder, temporary, {tokenizer})
    await writeWeights(
      temporary,
      beforeEachWrite(weights, () => signal?.throwIfAborted()),
      rest,
    )
    if (padToken !== undefined) await addPadToken(temporary, padToken)
    const labelled = withLabels(config, model, classes)
    await writeConfig(temporary, dtype === 'base' ? labelled : withDType(labelled, dtype), folder)
    if (stopIds.length > 0) await addStopIds(temporary, stopIds)
  })
  return kept()
}

/** Reads the values of a merged tensor. @throws Fault 'input' if one is not finite, or rounds to infinity */
async function readFinite(name: string, tensor: Writable): Promise<Float32Array> {
  const {dtype} = tensor
  const values = (await readWritable(tensor)) as Float32Array
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) // NaN if one is
  if (!Number.isFinite(largest))
    throw new Fault('input', `${name}: not all merged values are finite; the adapter or its base model is damaged`)
  const [rounded] = ROUND[dtype]?.(Float32Array.of(largest)) ?? [largest]
  if (Number.isFinite(rounded)) return values
  throw new Fault('input', `${name}: merged values are beyond the range of ${dtype}; --dtype float32 keeps them`)
}

/**
 * Reads the ids that end an output of a run's model, as in its evaluation: also the one that ends a turn in its chat template.
 * A classifier has none, and for an adapter's folder, whose task is unknown, none are added.
 */
async function readStopIds({folder, config, task}: AdaptedModel): Promise<readonly number[]> {
  if (task?.kind !== 'generation' && task?.kind !== 'language') return []
  const files = {folder, tokenizer: await openTokenizer(folder)}
  return readTaskStopIds(await openTask<GenerationTask | LanguageTask>(task, files), {...files, config})
}

/**
 * Updates the labels and the class in the config: a trained head may have other labels than the original model, or the
 * original may be a language model. `problem_type` is set as transformers' training sets it; without it, its pipeline would
 * apply a sigmoid to a regression.
 */
function withLabels(config: ModelConfig, model: Model, classes?: readonly string[]): ModelConfig {
  if (!('labels' in model)) return config
  const own = {
    ...model.own,
    architectures: [model.className],
    problem_type: model.labels === 1 ? 'regression' : 'single_label_classification',
  }
  if (!classes && readLabels(config) === model.labels) return {...config, ...own}
  const names = defaultLabels(model.labels).map((name, i) => [String(i), classes?.[i] ?? name])
  const ids = names.map(([id, name]) => [name, Number(id)])
  const {num_labels: _, ...rest} = config
  return {...rest, id2label: Object.fromEntries(names), label2id: Object.fromEntries(ids), ...own}
}

/** Writes config.json into the folder `out`, with numbers written as in that of the original model. */
async function writeConfig(out: string, config: ModelConfig, original: string): Promise<void> {
  const text = await readText(join(original, 'config.json'), {most: SMALL_FILE})
  await writeText(join(out, 'config.json'), `${withFloats(JSON.stringify(config, undefined, 2), text ?? '')}\n`)
}

/**
 * Writes whole numbers as floats where `original` does, alone or in a list: transformers 5 refuses 30 for a key whose
 * values are floats.
 */
function withFloats(json: string, original: string): string {
  const floats = [...original.matchAll(NUMBERS)].filter(([, , number = '1.0']) => isWholeFloat(number))
  const keys = new Set(floats.map(([, key]) => key))
  return json.replace(/"(\w+)": (-?\d+(?=[,\n])|\[[^[\]{}"]*\])/g, (whole, key, value) =>
    keys.has(key) ? `"${key}": ${value.replace(/(?<=^|[\s,[])-?\d+(?=$|[\s,\]])/g, '$&.0')}` : whole,
  )
}

/** A key with its number, or with a list of numbers of which one has a point or an exponent. */
const NUMBERS = /"(\w+)"\s*:\s*(?:(-?\d[\d.eE+-]*)(?=\s*[,}])|\[[^[\]{}"]*\d[.eE][^[\]{}"]*\])/g

/** Whether Python reads a number of JSON as a float, although it is whole: 30.0 or 3e1. */
const isWholeFloat = (number: string) => /[.e]/i.test(number) && Number.isInteger(Number(number))

/** Writes the dtype as torch_dtype, which transformers 5 reads as well as its own `dtype`. */
function withDType(config: ModelConfig, dtype: StoredDType): ModelConfig {
  const {dtype: _, ...rest} = config
  return {...rest, torch_dtype: dtype}
}
