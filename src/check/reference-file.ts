import {dirname} from 'node:path'
import {z} from 'zod'
import {Fault, withFaultKind} from '../base/fault.ts'
import {makeFolder, writeOutput} from '../base/files.ts'
import {parseObject} from '../base/json.ts'
import {escapeLine} from '../base/printable.ts'
import {readText} from '../base/read-file.ts'
import {IN_WORDS, issueText} from '../base/text/issue-text.ts'
import {mean, standardDeviation} from '../statistics/mean-variance.ts'
import {environmentSchema} from './environment.ts'

/** The fewest seeds whose standard deviation is a usable estimate. */
export const FEWEST_SEEDS = 5

export type CheckReference = z.output<typeof referenceSchema>
export type ReferenceCell = CheckReference['cells'][number]
export type ReferenceSeed = ReferenceCell['seeds'][number]

/** Reads a reference that `svft bless` wrote. @throws Fault 'recipe' if the file is missing or not a reference */
export async function readReference(file: string): Promise<CheckReference> {
  const text = await withFaultKind('recipe', () => readText(file))
  if (text === undefined) throw new Fault('recipe', `${file}: no such reference; svft bless writes one`)
  const {data, error} = referenceSchema.safeParse(
    await withFaultKind('recipe', () => parseObject(text, file)),
    IN_WORDS,
  )
  if (data) return data
  throw new Fault('recipe', `${file}: not a reference: ${escapeLine(issueText(error.issues[0]), 200)}`)
}

/** A loss as a reference stores it, with every bit of a float32. */
export const storedLoss = (loss: number): number => Number(loss.toPrecision(9))

/** Writes a reference atomically, in lines that a diff shows well. @throws Fault 'io' */
export async function writeReference(file: string, reference: CheckReference): Promise<void> {
  await makeFolder(dirname(file))
  await writeOutput(file, `${formatJson(reference)}\n`)
}

/** JSON indented by two spaces, with each list of numbers on one line. */
const formatJson = (value: unknown) =>
  JSON.stringify(value, undefined, 2).replaceAll(
    /\[\s+([-\d.e,\s+]+?)\s+\]/g,
    (_, numbers: string) => `[${numbers.replaceAll(/\s+/g, ' ')}]`,
  )

const text = z.string().max(2000)
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256')
const number = z.number()

const seed = z.strictObject({
  seed: z.int().min(0),
  data: text,
  lossHash: hash,
  trainedHash: hash,
  frozenHash: z.string(),
  scores: z.record(text, number.min(-1).max(1)),
  /** The losses of the cell's `steps`. */
  losses: z.array(number).min(1),
})

const cell = z
  .strictObject({
    recipe: text,
    method: text,
    /** The hash of the resolved recipe without its seed. */
    recipeHash: hash,
    model: text,
    /** Each seed draws its own data. */
    drawsData: z.boolean(),
    /** The versions and commits of svft that made the runs. */
    versions: z.array(text),
    /** When the last of the runs finished. */
    date: z.iso.datetime(),
    columns: z.record(text, z.strictObject({metric: text, n: z.int().min(1), mean: number, sd: number.min(0)})),
    /** The environment that all seeds ran in. */
    surroundings: z.strictObject(environmentSchema.shape),
    /** The number of steps of training, and the steps whose losses are stored. */
    trainedSteps: z.int().min(1),
    steps: z.array(z.int().min(1)).min(1),
    seeds: z.array(seed).min(FEWEST_SEEDS),
    /** The largest difference between losses of one seed in different environments. */
    envelope: z
      .strictObject({
        bounds: z.array(number.min(0)),
        /** The number of pairs of runs that it was measured on, and their processors. */
        pairs: z.int().min(1),
        processors: z.array(text).min(1),
      })
      .optional(),
  })
  .refine(
    one => one.seeds.every(({losses}) => losses.length === one.steps.length),
    'must have as many losses per seed as steps',
  )
  .refine(one => (one.envelope?.bounds ?? one.steps).length === one.steps.length, 'must have as many bounds as steps')
  .refine(one => one.steps.every((step, i) => step > (one.steps[i - 1] ?? 0)), 'must have rising steps')
  .refine(one => new Set(one.seeds.map(({seed}) => seed)).size === one.seeds.length, 'must have each seed once')
  .refine(one => Object.keys(one.columns).length > 0, 'must have a column that is scored')
  .refine(
    one => one.seeds.every(({scores}) => Object.keys(one.columns).every(column => column in scores)),
    'must have a score for every column and seed',
  )
  .refine(
    ({columns, seeds}) =>
      Object.entries(columns).every(([column, {mean: middle, sd}]) => {
        const scores = seeds.map(({scores}) => scores[column])
        return isClose(middle, mean(scores)) && isClose(sd, standardDeviation(scores))
      }),
    'must have the mean and the sd of the scores of its seeds',
  )

const isClose = (a: number, b: number) => Math.abs(a - b) < 1e-9

/** The content of reference.json: accepted runs, by recipe. */
export const referenceSchema = z
  .strictObject({format: z.literal(1), cells: z.array(cell).min(1)})
  .refine(({cells}) => new Set(cells.map(({recipe}) => recipe)).size === cells.length, 'must have each recipe once')
