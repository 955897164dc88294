import {z} from 'zod'
import {CLASS_METRICS} from '../tasks/task.ts'
import {isRecipeName, NAME_RULE} from './recipe-name.ts'

// Each type describes the values that it takes, for messages about results files.
const text = z.string().describe('text')
const count = z.int().min(0).describe('a whole number of at least 0')
const amount = z.number().min(0).describe('a number of at least 0')

/** The parts of the score of one test file. */
export const scoreParts = {
  /** The value of the metric: 0 to 1 for accuracy, −1 to 1 for a correlation. NaN, which is null in the file: it has no value. */
  score: z
    .union([z.number().min(-1).max(1), z.nan(), z.null().transform(() => Number.NaN)])
    .describe('a number from 0 to 1 (a correlation: from -1, or nothing)'),
  /** Examples scored. */
  n: z.int().min(0).describe('a whole number of at least 1, or 0 without a score'),
  /** The metric; default: accuracy. */
  metric: z
    .enum([...CLASS_METRICS, 'inverse-perplexity'])
    .describe(`${CLASS_METRICS.join(', ')} or inverse-perplexity`)
    .optional(),
  /** The standard error of the score over items, where its metric has no formula for it. */
  se: amount.optional(),
}

const score = z
  .strictObject(scoreParts)
  .refine(({score, metric = 'accuracy'}) => metric !== 'accuracy' || !(score < 0), {
    path: ['score'],
    error: 'an accuracy is not below 0',
  })
  .refine(({score, n, metric}) => !Number.isNaN(score) || n === 0 || metric === 'matthews' || metric === 'pearson', {
    path: ['score'],
    error: 'only a correlation may have no value',
  })
  .refine(({score, n}) => n > 0 || Number.isNaN(score), {path: ['n'], error: 'a score is of 1 item or more'})

/** The content of `row.json` in a run's folder. It is written last, so that a run that has one is finished. */
export const rowSchema = z.strictObject({
  recipe: z.string().refine(isRecipeName, NAME_RULE).describe('the name of a recipe'),
  /** The recipe's task; rows of older versions do not record it. */
  task: text.optional(),
  /** The hash of the resolved recipe with its seed, and of the contents of its model and data. */
  hash: text,
  method: text,
  /** The method's settings as a reader sees them, like `banded d=8`. */
  settings: text,
  /** Overrides of the recipe that change the result, like `train.epochs=1 train.lr=0.001`. */
  set: text.optional(),
  /** The search that chose values of the recipe, like `grid of 8 trials × 3 seeds by validation accuracy: train.lr …`. */
  search: text.optional(),
  /** The best values of that search that are the lowest or the highest tried, like `highest train.lr`. */
  searchEdges: text.optional(),
  /** Trainable parameters without those of a classifier's head, as the paper counts them. */
  params: count,
  /** Trainable parameters of a classifier's head. */
  headParams: count.optional(),
  /** Scores by the name of the test file. */
  scores: z.record(z.string().max(100), score),
  /** Rows of the paper's tables that the recipe reproduces, like `t1.g2.svft_p`. */
  cells: z.array(text).describe('text').optional(),
  seed: count,
  model: text,
  modelRevision: text.optional(),
  dataRevision: text.optional(),
  /** Steps of training; 0 for a row without training, which has no speeds either. */
  steps: count,
  /** Wall time of the run, training and evaluation. */
  seconds: amount,
  stepMs: amount.optional(),
  tokensPerSecond: amount.optional(),
  peakMemoryMb: amount.optional(),
  /** Energy of the processors and their memory over the same time as `seconds`, whatever else ran; absent if not measured. */
  joules: amount.optional(),
  version: text,
  commit: text.optional(),
  /** Whether files differed from the commit. */
  dirty: z.boolean().describe('true or false').optional(),
  engine: text,
  /** The device that computes, if it is not the CPU. */
  device: z.enum(['webgpu', 'cuda']).describe('webgpu, cuda, or nothing for the CPU').optional(),
  /** The version of the engine's library, if that is not a pinned dependency of svft. */
  engineVersion: text.optional(),
  /** The type of products and activations, if it is not float32. */
  precision: z.literal('bf16').describe('bf16, or nothing for float32').optional(),
  /** The cosine between the gradients of the first micro-batch in this precision and in float32. */
  gradientCosine: z.number().min(-1).max(1).describe('a number from -1 to 1').optional(),
  threads: count,
  /** ISO 8601, UTC. */
  finished: z.iso.datetime().describe('a time like 2026-11-24T18:00:00.000Z'),
})

/** One line of results. */
export type Row = z.output<typeof rowSchema>

/**
 * A score as it counts in a mean. A correlation without a value, for example of constant predictions, is 0 (no relation); a
 * score over no items is NaN.
 */
export const countedScore = (one: Row['scores'][string]): number => (lacksValue(one) ? 0 : one.score)

/** Whether a score has no value and counts as 0. */
export const lacksValue = ({score, n}: Row['scores'][string]): boolean => Number.isNaN(score) && n > 0

/** Equal for two rows of one run. Results hold one row of each run. */
export const runKey = ({recipe, hash, seed}: Row): string => JSON.stringify([recipe, hash, seed])

/** The name that all seeds of a recipe share: the recipe's, followed by its overrides. */
export const nameOf = ({recipe, set}: Pick<Row, 'recipe' | 'set'>): string =>
  set === undefined ? recipe : `${recipe} ${set}`
