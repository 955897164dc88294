import type {ProgramCost} from '../engine/graph-cost.ts'
import type {PaperVersion} from '../paper/rows.ts'
import {excessParameters, openBlueprint} from '../recipes/blueprint.ts'
import {type CheckedData, checkData} from '../recipes/data/check-data.ts'
import {countExamples} from '../recipes/data/count-examples.ts'
import {leakWarnings} from '../recipes/data/leak-warnings.ts'
import {placeholders} from '../recipes/data/placeholder-weights.ts'
import type {Decision} from '../recipes/file/profile.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {columnDecoding, columnTask} from '../recipes/file/splits.ts'
import {taskOf} from '../recipes/file/task-of.ts'
import {
  momentaryMemory,
  otherProgramsBytes,
  type TrainingMemory,
  trainingMemory,
} from '../recipes/memory/check-memory.ts'
import {clipBatch, estimateStepCost, type KnownCosts, trainedLength} from '../recipes/memory/step-cost.ts'
import {profileWarnings, sizeWarnings} from '../recipes/method-warnings.ts'
import type {Blueprint} from '../recipes/opened-model.ts'
import {classWarnings} from '../tasks/custom/class-names.ts'
import {machineRates} from './doctor/cached-rates.ts'
import {isBf16Slow, type Rates} from './doctor/measure-rates.ts'
import {listInputs, type RecipeInput} from './inputs.ts'
import {countParams, type ParameterCount} from './params/params.ts'
import {type ExampleTokens, estimateRunTime, type RunTime} from './run-time.ts'
import {type KnownSamples, measureLengths, type TextLengths} from './text-lengths.ts'

/** The parameters, memory, inputs and time of a run, as far as they are known before anything is downloaded. */
export interface RunPlan extends ParameterCount {
  readonly memory: TrainingMemory
  /** The bytes that the run takes briefly, if they are free and that is far more (see `momentaryMemory`). */
  readonly momentaryBytes?: number | undefined
  /** The most bytes that programs for other padded lengths add, if they are free (see `otherProgramsBytes`). */
  readonly otherProgramsBytes: number
  /** The names of the classes, if the training data decide them. */
  readonly classes?: readonly string[] | undefined
  /** Why svft cannot train it, if it cannot. */
  readonly refused?: string | undefined
  /** Settings of the recipe that have another effect than they seem to. */
  readonly warnings: readonly string[]
  readonly parts: readonly RecipeInput[]
  readonly time: RunTime
  readonly rates: Rates
}

export interface RunPlanOptions {
  readonly decisions?: readonly Decision[]
  /** Default: those of this machine. */
  readonly rates?: Rates
  /** The version of the paper whose printed count is compared; default: that of the recipe's cell. */
  readonly version?: PaperVersion
  /** Traced steps, shared by the plans of several recipes. */
  readonly known?: KnownCosts
  /** The data that were checked, and the samples of their texts, shared like these. */
  readonly checked?: CheckedData
  readonly samples?: KnownSamples
}

/**
 * Plans a run from shapes: reads the model's config.json and, of the data files that are here, the first record, the number
 * of examples and the lengths of some texts.
 */
export async function planRun(
  recipe: Recipe,
  {decisions = [], rates: measured, known = new Map(), checked, samples, version}: RunPlanOptions = {},
): Promise<RunPlan> {
  const rates = ratesFor(recipe, measured ?? (await machineRates([recipe])))
  const written = await openBlueprint(recipe)
  const {model, plan, config, classes} = written
  await checkData(recipe, checked)
  const counts = await countExamples(recipe, 'labels' in model ? model.labels : undefined)
  const blueprint = {...written, recipe: clipBatch(recipe, counts.train)}
  const lengths = await measureLengths(blueprint, samples)
  const time = estimateRunTime({
    recipe: blueprint.recipe,
    rates,
    stepCost: await typicalCost(blueprint, lengths, known),
    adapted: plan.modules.map(({weight}) => weight),
    trainable: plan.count,
    model,
    tokens: split => tokensPerExample(blueprint, split, lengths),
    counts,
  })
  const memory = await trainingMemory(blueprint, known)
  return {
    ...countParams(blueprint, {decisions, version}),
    memory,
    momentaryBytes: await momentaryMemory(blueprint, memory, {known}),
    otherProgramsBytes: otherProgramsBytes(blueprint, memory),
    classes,
    refused: excessParameters(blueprint),
    warnings: [
      ...profileWarnings(recipe, decisions),
      ...sizeWarnings(blueprint),
      ...precisionWarnings(recipe, rates),
      ...leakWarnings(recipe),
      ...classWarnings(classes ?? []),
    ],
    parts: await listInputs(recipe, placeholders(model.shapes, config)),
    time,
    rates,
  }
}

/** The rates that a recipe's engine depends on. */
const ratesFor = ({engine}: Recipe, {bf16FlopsPerSecond, ...rates}: Rates): Rates => ({
  ...rates,
  bf16FlopsPerSecond: engine === 'openvino' ? bf16FlopsPerSecond : undefined,
})

function precisionWarnings({engine}: Recipe, rates: Rates): string[] {
  if (engine !== 'openvino') return []
  if (rates.bf16FlopsPerSecond === undefined)
    return ['engine: openvino does not work on this machine (svft engine list says why); the time is that of float32']
  return isBf16Slow(rates) ? ['precision: bf16 is not faster than f32 on this processor; it only halves memory'] : []
}

/** The cost of a micro-batch of typical length. */
async function typicalCost(
  blueprint: Blueprint,
  {trained}: TextLengths,
  known: KnownCosts,
): Promise<ProgramCost | undefined> {
  const {recipe} = blueprint
  if (!recipe.train) return undefined
  const {maxTokens} = recipe.train
  const longest = trainedLength(blueprint, maxTokens)
  const length =
    trained === undefined
      ? trainedLength(blueprint, Math.min(taskOf(recipe).lengths.trained, maxTokens))
      : Math.min(Math.ceil(trained / 8) * 8, longest) // between two buckets, so that recipes share few traces
  return estimateStepCost(blueprint, {length, tiles: length === longest, known}) // the longest is traced anyway, for its memory
}

/** The tokens that pass through the model for one example of a split. */
function tokensPerExample({recipe, model}: Blueprint, split: string, lengths: TextLengths): ExampleTokens {
  const task = taskOf(recipe)
  if (task.kind === 'images') return {prompt: 'tokens' in model ? model.tokens : 0, answer: 0, beams: 1}
  const usual = task.kind === 'generation' ? columnTask(task, split).lengths : task.lengths
  const prompt = lengths.scored[split] ?? usual.prompt
  if (task.kind !== 'generation') return {prompt, answer: 0, beams: 1}
  const {beams, maxNewTokens} = columnDecoding(columnTask(task, split), recipe.evaluate)
  const answer = lengths.answer(recipe.evaluate.batch, maxNewTokens) ?? Math.min(usual.answer, maxNewTokens)
  return {prompt, answer, beams}
}
