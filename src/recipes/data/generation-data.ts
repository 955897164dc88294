import {Fault} from '../../base/fault.ts'
import {formatCount, pluralize} from '../../base/pluralize.ts'
import {sha256} from '../../base/sha256.ts'
import {capacityFor, promptBucket} from '../../evaluate/buckets.ts'
import {prefillStep} from '../../evaluate/decoder-steps.ts'
import {type GenerationSplit, generateSplits} from '../../evaluate/generate-splits.ts'
import {repackedBytes} from '../../evaluate/weight-copies.ts'
import {scope} from '../../models/layers/scope.ts'
import type {CausalModel} from '../../models/model.ts'
import {openTask, readTaskStopIds} from '../../tasks/open-task.ts'
import type {GenerationTask} from '../../tasks/task.ts'
import {decodingWarnings} from '../../tokenizer/decoding-warnings.ts'
import {openTokenizer, type Tokenizer} from '../../tokenizer/tokenizer.ts'
import {columnDecoding, columnTask, scoredSplits, splitFile} from '../file/splits.ts'
import type {OpenedModel} from '../opened-model.ts'
import {hashData} from './data-hash.ts'
import {type GenerationExamples, readGenerationExamples} from './generation-examples.ts'
import {modelForTask} from './model-for-task.ts'
import {mergedPlaceholders} from './placeholder-weights.ts'
import {programCost} from './program-cost.ts'
import {scoringHelp} from './scoring-need.ts'
import {longestOf, type MemoryNeed, type TaskData, tokenBatches} from './task-data.ts'

/** Opens the data of a task whose answers a causal language model writes. */
export async function openGenerationData(declared: GenerationTask, opened: OpenedModel): Promise<TaskData> {
  const {recipe, folder, config} = opened
  const model = await modelForTask('causal-lm', opened)
  const tokenizer = await openTokenizer(folder)
  const task = await openTask(declared, {folder, tokenizer})
  const stopIds = await readTaskStopIds(task, {folder, tokenizer, config})
  const data = await readGenerationExamples(recipe, {task, tokenizer, model, folder})
  const generating = {...opened, model, task, tokenizer, stopIds, data}
  const beams = scoredSplits(recipe).map(split => columnTask(task, split).decoding.beams)
  const ignored = beams.length === 0 ? [] : await decodingWarnings(folder, {beams: Math.max(...beams)})
  return {
    examples: data.examples.length,
    longest: longestOf(data.examples),
    warnings: [...data.warnings, ...contextWarnings(generating), ...ignored],
    hash: hashData,
    modelFacts: factsOf(task, {stopIds, eos: tokenizer.eos}),
    batches: tokenBatches(data.examples, recipe, {longest: model.longest, longAbove: model.cache.longAbove}),
    scoring: () => generationNeed(generating),
    score: (splits, weights, {file, final, events, signal}) =>
      generateSplits(
        splits.map(name => splitOf(generating, name, file(name))),
        {
          ...generating,
          weights,
          onCut: (name, cut) => {
            if (final && cut >= WARN_FROM * data.items[name].length) events.warn(cutText(generating, name, cut))
          },
          onProgress: events.answers,
          signal,
        },
      ),
  }
}

/** A column of the recipe's data, with the task and the settings that it is decoded and scored by. */
function splitOf({recipe, task: own, stopIds, data}: GenerationRun, name: string, file: string): GenerationSplit {
  const task = columnTask(own, name)
  const settings = {batch: recipe.evaluate.batch, eosIds: stopIds, ...columnDecoding(task, recipe.evaluate)}
  return {name, task, items: data.items[name], settings, file}
}

/** The share of cut answers from which a run warns: a few make no difference to a score. */
const WARN_FROM = 0.01

/** The warning that outputs of a split ended at the limit of new tokens. */
function cutText({recipe, task, data}: GenerationRun, split: string, cut: number): string {
  const {maxNewTokens} = columnDecoding(columnTask(task, split), recipe.evaluate)
  const answers = pluralize(data.items[split].length, 'answer')
  return `${split}: ${formatCount(cut)} of ${answers} reached evaluate.maxNewTokens (${maxNewTokens}) before they ended`
}

/** The facts about the model that its revision does not cover. */
function factsOf(
  {facts}: GenerationTask,
  {stopIds, eos}: {readonly stopIds: readonly number[]; readonly eos: number | undefined},
): string | undefined {
  const ends = stopIds.every(id => id === eos) ? [] : [`eos ${idsText(stopIds)}`]
  return [...ends, ...(facts ? [facts] : [])].join(' ') || undefined
}

/** A few ids as they are, many by their hash: a row has room for a line. */
function idsText(ids: readonly number[]): string {
  const text = ids.join('+')
  return text.length <= 60 ? text : sha256(text).slice(0, 16)
}

/** The memory for reading the longest prompts, and for the keys and values of prompts and answers. */
async function generationNeed(generating: GenerationRun): Promise<MemoryNeed | undefined> {
  const {recipe, model, task, data} = generating
  const splits = scoredSplits(recipe)
  const longest = Math.max(0, ...Object.values(data.longestPrompts))
  if (longest === 0) return undefined
  const T = promptBucket(longest)
  const rowsOf = (split: string) => Math.min(recipe.evaluate.batch, data.items[split].length)
  const batch = Math.max(...splits.map(rowsOf))
  const {step, inputs} = prefillStep(tensors => model.build(scope({tensors, trainable: []})), batch, T)
  const weights = mergedPlaceholders(generating)
  const {frozenBytes, convertedBytes, workingBytes} = await programCost(recipe, step, {inputs, weights})
  const repacked = repackedBytes(weights, recipe.precision ?? 'f32')

  const {layers, kvHeads, headSize} = model.cache
  const sizes = splits.map(split => {
    const {beams, maxNewTokens} = columnDecoding(columnTask(task, split), recipe.evaluate)
    return {rows: rowsOf(split) * beams, capacity: capacityFor(T + maxNewTokens)}
  })
  const {rows, capacity} = sizes.reduce((a, b) => (b.rows * b.capacity > a.rows * a.capacity ? b : a))
  return {
    what: 'answering',
    terms: [
      ['weights', frozenBytes + convertedBytes],
      ...(repacked ? [['the same repacked for decoding', repacked] as const] : []),
      [`for reading ${batch} × ${T} tokens`, workingBytes],
      // a cache that grows is copied
      [`keys and values of ${rows} × ${capacity}, twice`, 2 * 4 * 2 * layers * rows * kvHeads * capacity * headSize],
    ],
    help: scoringHelp(batch),
  }
}

/**
 * Warns, once, if a prompt and its answer may together exceed the model's context.
 *
 * @throws Fault 'recipe' if they may exceed the positions that the model has learned
 */
function contextWarnings({recipe, model, task, config, data}: GenerationRun): string[] {
  const most = model.longest ?? config.max_position_embeddings
  if (typeof most !== 'number') return []
  for (const split of scoredSplits(recipe)) {
    const prompt = data.longestPrompts[split]
    const {maxNewTokens} = columnDecoding(columnTask(task, split), recipe.evaluate)
    if (prompt === 0 || prompt + maxNewTokens <= most) continue
    const sum = `a prompt of ${prompt} tokens and an answer of up to ${maxNewTokens}`
    const room = most - prompt
    const advice = room > 0 ? `evaluate.maxNewTokens: ${room} would fit` : 'the prompt alone does not fit'
    const file = splitFile(recipe, split)
    if (model.longest === undefined)
      return [`${file}: ${sum} exceed the model's max_position_embeddings ${most}; ${advice}`]
    throw new Fault('recipe', `${file}: ${sum} exceed the model's ${most} positions; ${advice}`, {
      at: ['evaluate', 'maxNewTokens'],
    })
  }
  return []
}

/** A run whose model generates its outputs. */
interface GenerationRun extends OpenedModel {
  readonly model: CausalModel
  readonly task: GenerationTask
  readonly tokenizer: Tokenizer
  /** Any of these ids ends an output. */
  readonly stopIds: readonly number[]
  readonly data: GenerationExamples
}
