import {z} from 'zod'

const text = z.string().max(1000)
const count = z.int().min(0)
const amount = z.number().min(0)

/** How one test file was answered. */
const score = z.strictObject({
  /** The task's metric, 0 to 1 (or −1 to 1 for a correlation); null in the file, here NaN, where it has no value. */
  score: z.union([z.number().min(-1).max(1), z.nan(), z.null().transform(() => Number.NaN)]),
  /** Examples scored. */
  n: count,
  /** Absent in rows from before it was told: accuracy. */
  metric: z.enum(['accuracy', 'matthews', 'pearson']).optional(),
})

/** What `row.json` in a run's folder holds: it is written last, so a run that has one is finished. */
export const rowSchema = z.strictObject({
  recipe: text,
  /** Of the resolved recipe with its seed, and of the contents of its model and data. */
  hash: text,
  method: text,
  /** The method's settings for people, like `banded d=8`. */
  settings: text,
  /** The overrides of the recipe that change what is computed, like `train.epochs=1 train.lr=0.001`; absent without any. */
  set: z.string().optional(),
  /** Trainable numbers, without those of a classifier's head, as the paper counts. */
  params: count,
  /** Those of the head, where there is one that trains. */
  headParams: count.optional(),
  /** By column: the names of the recipe's test files. */
  scores: z.record(z.string().max(100), score),
  /** Rows of the paper's tables that the recipe repeats, like `t1.g2.svft_p`. */
  cells: z.array(text).optional(),
  seed: count,
  model: text,
  modelRevision: text.optional(),
  dataRevision: text.optional(),
  /** 0 for a row without training, which has no speeds either. */
  steps: count,
  /** Wall time of the run, training and evaluation. */
  seconds: amount,
  stepMs: amount.optional(),
  tokensPerSecond: amount.optional(),
  peakMemoryMb: amount.optional(),
  version: text,
  commit: text.optional(),
  /** Whether files differed from the commit. */
  dirty: z.boolean().optional(),
  engine: text,
  threads: count,
  /** ISO 8601, UTC. */
  finished: z.iso.datetime(),
})

/** One line of results. */
export type Row = z.output<typeof rowSchema>

/** What makes two rows the rows of one run, of which results hold one. */
export const runOf = ({recipe, hash, seed}: Row): string => JSON.stringify([recipe, hash, seed])

/** What the seeds of one row share: the recipe's name, with its overrides where there are any. */
export const nameOf = ({recipe, set}: Pick<Row, 'recipe' | 'set'>): string =>
  set === undefined ? recipe : `${recipe} ${set}`
