import {z} from 'zod'
import {type AdapterSettings, adapterSchema} from '../../adapters/index.ts'
import {atLeast, share} from '../../base/number-schemas.ts'
import {isRepository, isRevision} from '../../hub/names.ts'
import type {Profile} from '../../paper/conflicts.ts'
import {TASK_NAMES, type TaskName} from '../../tasks/index.ts'
import {isFilePattern} from './hub-reference.ts'
import {DEFAULT_PROFILE} from './profile.ts'

const text = z.string().min(1, 'must not be empty')
const path = text
const column = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/i, 'must be at most 40 letters, digits, - and _')
  .refine(
    name => !['train', 'validation'].includes(name),
    'must not be train or validation, which are splits of their own',
  )

const NAME = /^(?!.*\.\.)[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*(\/[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*)*$/u

/** What a recipe's name must be: it is part of the names of its run's folder and of a file of results. */
export const NAME_RULE =
  'must be letters, digits, . - _ and / between them, with no .. and no part that begins with . or -'

export const isRecipeName = (name: string): boolean => NAME.test(name)

const hub = z.string().refine(isRepository, 'must be owner/name, like google/gemma-2b')
const revision = z
  .string()
  .refine(isRevision, 'must be a branch or a commit, like main')
  .default('main')
  .describe('a branch, or better a commit, which names the same bytes for ever')

const source = z.union([
  path,
  z.strictObject({
    hub: hub.describe('dataset repository, owner/name'),
    file: z
      .string()
      .refine(isFilePattern, 'must be the path of a file in the repository, like data/train-*.parquet')
      .describe('path in the repository; * and ? stand for parts of a name, ** for any folders'),
    revision,
  }),
])

const model = z
  .union([
    path,
    z.strictObject({path: path.describe("folder with config.json, model.safetensors and the tokenizer's files")}),
    z.strictObject({hub: hub.describe('model repository, owner/name; svft run downloads what is not here'), revision}),
    z.strictObject({
      config: path.describe('folder with config.json and the tokenizer'),
      init: z.literal('random').describe('weights are drawn from the seed: training from scratch'),
    }),
  ])
  .describe('the model to start from: a folder, {hub, revision}, or {config, init: random} to train from scratch')

const data = z
  .strictObject({
    train: source.describe('what to train on: a file of examples or a folder of images'),
    validation: source.optional().describe('what to choose settings by'),
    test: z
      .record(column, source)
      .refine(files => Object.keys(files).length > 0, 'must name at least one file')
      .describe(
        'what to score, by the name of its column in the results; a column called like a task is scored as that task',
      ),
    perClass: z
      .strictObject({
        train: atLeast(1).describe('so many examples of each class are drawn from train'),
        validation: atLeast(1)
          .optional()
          .describe('so many are drawn from validation or, where that has no source, from the rest of train'),
      })
      .optional()
      .describe("few-shot subsets of a classification task, drawn by the run's seed"),
    orient: z
      .boolean()
      .optional()
      .describe('turn images as their EXIF orientation says, which transformers ignores; default: false'),
    limit: z
      .strictObject({
        train: atLeast(1).optional().describe('use the first examples of train only'),
        test: atLeast(1).optional().describe('use the first examples of each test file only'),
      })
      .optional()
      .describe('fewer examples, for a trial'),
  })
  .describe('the files of the task; relative paths start at the recipe file that names them')

const train = z
  .strictObject({
    lr: z.number().positive().describe('peak learning rate'),
    lrs: z
      .record(text, z.number().positive())
      .default({})
      .describe("learning rates of their own, by a trainable's path, * standing for any text: {'*.gate': 1e-3}"),
    epochs: atLeast(1).optional().describe('how often each example is seen (epochs or steps, not both)'),
    steps: atLeast(1).optional().describe('optimizer updates (epochs or steps, not both)'),
    batch: atLeast(1).describe('examples a step'),
    microBatch: atLeast(1).optional().describe('examples a forward and backward pass; divides batch; default: batch'),
    weighting: z
      .enum(['examples', 'micro-batches', 'tokens'])
      .describe(
        "weight of a micro-batch in its step's mean: its number of examples, 1, or its number of tokens that the loss counts",
      ),
    warmup: z
      .number()
      .min(0)
      .lt(1, 'must be a share of all steps, below 1 (a number of steps is warmupSteps)')
      .default(0)
      .describe('share of all steps, below 1, in which the learning rate rises'),
    warmupSteps: atLeast(1).optional().describe('the same as a number of steps (warmup or warmupSteps, not both)'),
    schedule: z.enum(['linear', 'cosine', 'constant']).default('linear').describe('learning rate after the warm-up'),
    scheduleLength: z
      .enum(['all-steps', 'whole-batches'])
      .describe(
        'what the schedule spans: all steps, or as many as whole batches make, with rate 0 after them (constant stays)',
      ),
    weightDecay: z.number().min(0).describe('decoupled weight decay of AdamW'),
    clip: z.number().min(0).describe('largest norm of the gradient; 0 does not clip'),
    betas: z.tuple([share, share]).default([0.9, 0.999]).describe('decay of the two moments of AdamW'),
    eps: z.number().positive().default(1e-8).describe('ε of AdamW'),
    padToken: z
      .enum(['added', 'none'])
      .default('none')
      .describe(
        'where the tokenizer has no pad token: give the model one, with the mean of all rows in its embedding, or none',
      ),
    heldOut: atLeast(0).default(0).describe('so many examples of train, drawn by the seed, are not trained on'),
    maxTokens: atLeast(1).default(512).describe('longer examples are cut'),
    keep: z
      .enum(['last', 'best'])
      .default('last')
      .describe('which numbers count at the end: of the last step, or of the best epoch'),
    keepBy: text
      .optional()
      .describe(
        'the split that is scored after each epoch where the best is kept: validation or a column of data.test',
      ),
    recompute: z.boolean().default(false).describe('recompute each block in the backward pass: less memory, more time'),
    saveEvery: atLeast(1).optional().describe('steps between two checkpoints; default: one a minute, and at the end'),
  })
  .describe('how to train; not needed for method none')

const evaluate = z
  .strictObject({
    maxNewTokens: atLeast(1)
      .optional()
      .describe('longest answer; default, and most: what the published evaluation of the task allows'),
    batch: atLeast(1).default(16).describe('prompts answered at once'),
    prompt: z
      .enum(['official', 'training'])
      .default('official')
      .describe('what frames a question to be answered: the text of the published evaluation, or that of training'),
    splits: z
      .array(text)
      .min(1)
      .optional()
      .describe('what to score: columns of data.test, or validation; default: every column of data.test'),
  })
  .prefault({})
  .describe('how to score')

const paper = z
  .object({
    cell: text.describe('the row in the tables of the paper, like t1.g2.svft_p'),
    params: z
      .string()
      .regex(/^(\d+(\.\d+)?[KMB]?|-)$/, 'must be as printed, like 0.19M')
      .optional()
      .describe('number of trainable parameters as printed, like 0.19M'),
    also: z.array(text).optional().describe('other rows of the tables that are the same run'),
  })
  .catchall(z.number().min(0).max(100))
  .describe('what the paper prints for this row: its cell, and its scores in percent by column')

/** What may stand in a recipe file, once the files that it extends are merged in. */
export const schema = z
  .strictObject({
    extends: z
      .union([path, z.array(path).min(1)])
      .optional()
      .describe('recipe files to start from, relative to this one; maps merge, lists and values are replaced'),
    name: z
      .string()
      .regex(NAME, NAME_RULE)
      .optional()
      .describe('what the results call this recipe; default: its path below configs/; not inherited'),
    profile: z
      .enum(['paper', 'official-code'])
      .default(DEFAULT_PROFILE)
      .describe('who decides what the recipe leaves open, where the paper and its code differ; see svft conflicts'),
    task: z
      .enum(TASK_NAMES)
      .describe('what is learned, and scored in every column that is not called like a task itself'),
    model,
    data,
    adapter: adapterSchema,
    train: train.optional(),
    evaluate,
    seed: atLeast(0).default(42).describe('all randomness of the run starts here'),
    engine: z
      .enum(['onnx', 'js', 'tensorflow'])
      .default('onnx')
      .describe('onnx is fast, js is the slow reference, tensorflow needs a package of its own (svft doctor tells)'),
    device: z
      .enum(['cpu', 'webgpu', 'cuda'])
      .optional()
      .describe(
        'where engine onnx computes: webgpu is any GPU, cuda one of NVIDIA with the libraries of CUDA 12; default: cpu',
      ),
    threads: atLeast(1).max(256).optional().describe('CPU threads; default: one a core'),
    paper: paper.optional(),
  })
  .describe('svft recipe')

/** A recipe as its files write it. */
export type WrittenRecipe = z.output<typeof schema>

export type ModelSource = {readonly path: string} | {readonly config: string; readonly init: 'random'}
/** A source of the hub is an address, see hub-reference.ts; so is the path of a model that comes from there. */
export type DataFiles = Omit<WrittenRecipe['data'], 'train' | 'validation' | 'test'> & {
  readonly train: string
  readonly validation?: string | undefined
  readonly test: Readonly<Record<string, string>>
}
export type RecipeTraining = z.output<typeof train> & {readonly microBatch: number}
export type EvaluateSettings = WrittenRecipe['evaluate'] & {readonly splits: readonly string[]}
export type PrintedRow = z.output<typeof paper>

/** Everything needed to repeat a row: defaults filled in, paths absolute. Plain JSON. */
export interface Recipe {
  readonly name: string
  readonly profile: Profile
  readonly task: TaskName
  readonly model: ModelSource
  readonly data: DataFiles
  readonly adapter: AdapterSettings
  /** Exactly one of `epochs` and `steps` is set. Absent for method none, which only scores. */
  readonly train?: RecipeTraining
  readonly evaluate: EvaluateSettings
  readonly seed: number
  readonly engine: WrittenRecipe['engine']
  readonly device?: NonNullable<WrittenRecipe['device']>
  readonly threads?: number
  readonly paper?: PrintedRow
  /** What --set changed of what is computed, as `setText` writes it; in no file. */
  readonly set?: string
}
