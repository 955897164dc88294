import {z} from 'zod'

/** Of fewer nobody can tell how much seeds vary. */
export const FEWEST_SEEDS = 5

const text = z.string().max(2000)
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'not a sha256')
const number = z.number()

const surroundings = z.strictObject({
  node: text,
  onnxruntime: text,
  platform: text,
  cpu: text,
  simd: text,
  lapack: text,
  engine: text,
  threads: z.int().min(1),
})

const seed = z.strictObject({
  seed: z.int().min(0),
  data: text,
  lossHash: hash,
  trainedHash: hash,
  frozenHash: z.string(),
  scores: z.record(text, number),
  /** At the cell's `steps`. */
  losses: z.array(number).min(1),
})

const cell = z
  .strictObject({
    recipe: text,
    method: text,
    /** Of the resolved recipe but for its seed. */
    recipeHash: hash,
    model: text,
    /** Each seed has its own. */
    drawsData: z.boolean(),
    /** Versions and commits of svft that made the runs. */
    versions: z.array(text),
    /** When the last of the runs finished. */
    date: z.iso.datetime(),
    columns: z.record(text, z.strictObject({metric: text, n: z.int().min(1), mean: number, sd: number.min(0)})),
    /** Of all seeds. */
    surroundings,
    /** Steps of training, and those of them whose losses are kept. */
    trainedSteps: z.int().min(1),
    steps: z.array(z.int().min(1)).min(1),
    seeds: z.array(seed).min(FEWEST_SEEDS),
    /** How far the losses of one seed lay apart in different surroundings, at most. */
    envelope: z
      .strictObject({
        bounds: z.array(number.min(0)),
        /** Pairs of runs it was measured on, and processors they ran on. */
        pairs: z.int().min(1),
        processors: z.array(text).min(1),
      })
      .optional(),
  })
  .refine(one => one.seeds.every(({losses}) => losses.length === one.steps.length), 'as many losses a seed as steps')
  .refine(one => (one.envelope?.bounds ?? one.steps).length === one.steps.length, 'as many bounds as steps')
  .refine(one => one.steps.every((step, i) => step > (one.steps[i - 1] ?? 0)), 'steps that rise')
  .refine(one => new Set(one.seeds.map(({seed}) => seed)).size === one.seeds.length, 'each seed once')
  .refine(one => Object.keys(one.columns).length > 0, 'a column that is scored')
  .refine(
    one => one.seeds.every(({scores}) => Object.keys(one.columns).every(column => column in scores)),
    'a score of every column for every seed',
  )

/** What reference.json holds: runs that were accepted, by recipe. */
export const referenceSchema = z.strictObject({format: z.literal(1), cells: z.array(cell).min(1)})

export type CheckReference = z.output<typeof referenceSchema>
export type ReferenceCell = CheckReference['cells'][number]
export type ReferenceSeed = ReferenceCell['seeds'][number]
