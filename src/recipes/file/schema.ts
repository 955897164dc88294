import {z} from 'zod'
import {adapterSchema} from '../../adapters/index.ts'
import {atLeast, share} from '../../base/number-schemas.ts'
import {hashed, hashedUnless, notHashed} from '../../base/run-identity.ts'
import {DEFAULT_SEED} from '../../base/seeds.ts'
import {didYouMean, nearest} from '../../base/text/nearest.ts'
import {text} from '../../base/text/text-schema.ts'
import {isInside, isRepository, isRevision} from '../../hub/names.ts'
import {VERSION_NAMES} from '../../paper/versions.ts'
import {isRecipeName, NAME_RULE} from '../../results/recipe-name.ts'
import {type CustomMetric, familyOf, OWN, TASK_NAMES} from '../../tasks/index.ts'
import {DEFAULT_PROFILE, FAMILY_DEFAULTS} from './profile.ts'
import {searchSchema} from './search/recorded-search.ts'

/** The limit of tokens of a text: above it, the rotary angles of a head of 256 entries are too large for a traced step. */
const MOST_TOKENS = 2 ** 18

const path = text
const column = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,39}$/, 'must be at most 40 letters, digits, - and _')
  .refine(
    name => !['train', 'validation'].includes(name),
    'must not be train or validation, which are splits of their own',
  )

const hub = z.string().refine(isRepository, 'must be owner/name, like google/gemma-2b')
const revision = z
  .string()
  .refine(isRevision, 'must be a branch or a commit, like main')
  .default('main')
  .describe('a branch, or better a commit, which always names the same bytes')

const source = z.union([
  path,
  z.strictObject({
    hub: hub.describe('dataset repository, owner/name'),
    file: z
      .string()
      .refine(isInside, 'must be the path of a file in the repository, like data/train-*.parquet')
      .describe('path in the repository; * and ? match within a name, ** matches any folders'),
    revision,
  }),
])

const model = z
  .union([
    path,
    z.strictObject({path: path.describe("folder with config.json, model.safetensors and the tokenizer's files")}),
    z.strictObject({
      hub: hub.describe('model repository, owner/name; svft run downloads what is not cached'),
      revision,
    }),
    z.strictObject({
      config: path.describe('folder with config.json and the tokenizer'),
      init: z.literal('random').describe('weights are drawn from the seed: training from scratch'),
    }),
  ])
  .describe('the model to start from: a folder, {hub, revision}, or {config, init: random} to train from scratch')

const cutShare = z.number().gt(0, 'must be a share above 0').lt(1, 'must be a share below 1')

const data = z
  .strictObject(
    hashed({
      train: source.describe('what to train on: a file of examples or a folder of images'),
      validation: source.optional().describe('data for choosing settings'),
      test: z
        .record(column, source)
        .refine(files => Object.keys(files).length > 0, 'must name at least one file')
        .describe('what to score, by column of the results; a column with the name of a task is scored as that task'),
      split: z
        .union([
          z.strictObject({
            column: text.describe('column of train that names the split of each record: train, validation or test'),
          }),
          z.strictObject({
            validation: cutShare.optional().describe('share of train to choose settings by'),
            test: cutShare.optional().describe('share of train to score, as column test'),
            seed: atLeast(0).default(0).describe('seed of the split, the same for every method and run'),
          }),
        ])
        .optional()
        .describe(
          'cuts validation and test out of train, by a column or by shares, with the same share of every class',
        ),
      columns: z
        .record(text, text)
        .optional()
        .describe('the columns of your data by their role in the task, like {text: review, label: stars}'),
      template: text
        .optional()
        .describe(
          "the prompt of task instruct, with {column} for a column's value; default: the model's chat template",
        ),
      pack: hashedUnless(
        true,
        z
          .boolean()
          .optional()
          .describe(
            'task text: concatenate documents, with an eos after each, and cut them into examples of train.maxTokens tokens; default: true',
          ),
      ),
      perClass: z
        .strictObject({
          train: atLeast(1).describe('number of examples of each class to draw from train'),
          validation: atLeast(1)
            .optional()
            .describe(
              'number of examples of each class to draw from validation or, if it has no source, from the rest of train',
            ),
        })
        .optional()
        .describe("few-shot subsets of a classification task, drawn by the run's seed"),
      orient: hashedUnless(
        false,
        z.boolean().optional().describe('rotate images by their EXIF orientation; default: false, as they are stored'),
      ),
      limit: z
        .strictObject({
          train: atLeast(1).optional().describe('use only the first examples of train'),
          test: atLeast(1).optional().describe('score only the first examples of each split, validation included'),
        })
        .optional()
        .describe('fewer examples, for a trial'),
    }),
  )
  .describe('the files of the task; paths are relative to the recipe file that names them')

const train = z
  .strictObject({
    ...hashed({
      lr: z.number().positive().describe('peak learning rate'),
      lrs: z
        .record(text, z.number().positive())
        .default({})
        .describe(
          "learning rates of some trainable tensors, by path; * matches any text, ? any one character: {'*.gate': 1e-3}",
        ),
      epochs: atLeast(1).optional().describe('number of passes over the examples (epochs or steps, not both)'),
      steps: atLeast(1).optional().describe('number of optimizer updates (epochs or steps, not both)'),
      batch: atLeast(1).describe('examples per step'),
      microBatch: atLeast(1)
        .optional()
        .describe('examples per forward and backward pass; divides batch; default: batch'),
      weighting: hashedUnless(
        task => FAMILY_DEFAULTS[familyOf(task)].weighting,
        z
          .enum(['examples', 'micro-batches', 'tokens'])
          .describe(
            "weight of a micro-batch in its step's mean: its number of examples, 1, or its number of tokens in the loss; default: micro-batches for mathematics and commonsense, tokens for instruct and text, else examples",
          ),
      ),
      warmup: z
        .number()
        .min(0)
        .lt(1, 'must be a share of all steps, below 1 (warmupSteps takes a number of steps)')
        .default(0)
        .describe('share of all steps, below 1, over which the learning rate rises'),
      warmupSteps: atLeast(1).optional().describe('the same as a number of steps (warmup or warmupSteps, not both)'),
      schedule: z.enum(['linear', 'cosine', 'constant']).default('linear').describe('learning rate after the warm-up'),
      scheduleLength: hashedUnless(
        'all-steps',
        z
          .enum(['all-steps', 'whole-batches'])
          .default('all-steps')
          .describe(
            'what the schedule spans: all steps, or as many steps as all epochs have whole batches, with rate 0 after them (constant keeps its rate); with train.steps, always all',
          ),
      ),
      weightDecay: z.number().min(0).describe('decoupled weight decay of AdamW; default: 0.01 for images, else 0'),
      clip: z.number().min(0).default(1).describe('maximum norm of the gradient; 0 turns clipping off'),
      betas: z.tuple([share, share]).default([0.9, 0.999]).describe("decay of AdamW's two moments"),
      eps: z.number().positive().default(1e-8).describe('ε of AdamW'),
      padToken: hashedUnless(
        'added',
        z
          .enum(['added', 'none'])
          .default('none')
          .describe('for a tokenizer without a pad token: add one, with the mean row of the embedding, or add none'),
      ),
      heldOut: hashedUnless(
        0,
        atLeast(0).default(0).describe('number of examples of train, drawn by the seed, that are not trained on'),
      ),
      maxTokens: atLeast(1).max(MOST_TOKENS).default(512).describe('longer examples are truncated to this many tokens'),
      keep: hashedUnless(
        'last',
        z
          .enum(['last', 'best'])
          .default('last')
          .describe('which parameters are scored at the end: those of the last step or of the best epoch'),
      ),
      keepBy: text
        .optional()
        .describe('with keep: best, the split that is scored after each epoch: validation or a column of data.test'),
      recompute: z
        .boolean()
        .default(false)
        .describe('recompute each block in the backward pass: less memory, more time'),
    }),
    ...notHashed({
      saveEvery: atLeast(1)
        .optional()
        .describe('steps between two checkpoints; default: one per minute, and at the end'),
    }),
  })
  .describe('how to train; not needed for method none')

const ALL_METRICS = [...new Set(Object.values(OWN).flatMap(({metrics}) => metrics))] as readonly CustomMetric[]

const evaluate = z
  .strictObject(
    hashed({
      maxNewTokens: atLeast(1)
        .optional()
        .describe(
          'maximum number of tokens of an answer; default and maximum: those of the published evaluation of the task; for instruct 256, without a maximum',
        ),
      batch: atLeast(1).default(16).describe('prompts or examples per batch'),
      prompt: hashedUnless(
        'official',
        z
          .enum(['official', 'training'])
          .default('official')
          .describe('the text around a question: that of the published evaluation or that of training'),
      ),
      metric: z.enum(ALL_METRICS).optional().describe('how to score data of your own; each task has its own choices'),
      pattern: text
        .optional()
        .describe(
          'with metric: pattern, the regular expression that finds the answer, in its first group or as a whole',
        ),
      maxTokens: atLeast(2)
        .max(MOST_TOKENS)
        .optional()
        .describe(
          'with text-classification or perplexity: the maximum number of tokens scored per text; default: train.maxTokens, else all that the model reads, or 512 with perplexity',
        ),
      splits: z
        .array(text)
        .min(1)
        .optional()
        .describe('what to score: columns of data.test, or validation; default: every column of data.test'),
    }),
  )
  .prefault({})
  .describe('how to score')

const track = z
  .union([
    z.enum(['tensorboard', 'trackio']),
    z.strictObject({
      to: z.literal('trackio').describe('the tracker that takes these settings'),
      project: text.optional().describe("Trackio's project; default: svft"),
    }),
  ])
  .describe('write metrics to TensorBoard or Trackio too, by their own Python libraries')

/** A version is not written in a recipe; a score of that name would be no column of the paper. */
const SCORE_RULE = {
  error({path, input}: z.core.$ZodRawIssue): string | undefined {
    if (path?.at(-1) !== 'version') return undefined
    const near = nearest(String(input), VERSION_NAMES)
    const advice = didYouMean(near && `--version ${near}`) ?? `--version takes ${VERSION_NAMES.join(' or ')}`
    return `must be left out, because paper.cell names the version by its first letter (${advice})`
  },
}

const paper = z
  .object({
    cell: text.describe(
      'the row in the tables of the paper, like t1.g2.svft_p, or n4.vb.lora8 of the version published at NeurIPS 2024',
    ),
    params: z
      .string()
      .regex(/^(\d+(\.\d+)?[KMB]?|-)$/, 'must be as printed, like 0.19M')
      .optional()
      .describe('number of trainable parameters as printed, like 0.19M'),
    also: z.array(text).optional().describe('other rows of the tables that are the same run'),
  })
  .catchall(
    z
      .number(SCORE_RULE)
      .min(0, SCORE_RULE)
      .max(100, SCORE_RULE)
      .describe('printed score of a column, in percent, like gsm8k: 40.34'),
  )
  .describe('what the paper prints for this row: its id, and its scores by column')

/**
 * What a recipe file may hold, once the files that it extends are merged in. A field is in a group that declares whether
 * it is part of a run's hash.
 */
export const schema = z
  .strictObject({
    ...notHashed({
      extends: z
        .union([path, z.array(path).min(1)])
        .optional()
        .describe('recipe files to start from, relative to this one; maps merge, lists and values are replaced'),
      name: z
        .string()
        .refine(isRecipeName, NAME_RULE)
        .optional()
        .describe('name of this recipe in the results; default: its path below configs/; not inherited'),
      profile: z
        .enum(['paper', 'official-code'])
        .default(DEFAULT_PROFILE)
        .describe('sets what the recipe leaves open where the paper and its code differ; see svft conflicts'),
    }),
    ...hashed({
      task: z.enum(TASK_NAMES).describe('the task to train, and to score columns that are not named after a task'),
      model,
    }),
    data,
    adapter: adapterSchema,
    train: train.optional(),
    evaluate,
    ...hashed({
      seed: atLeast(0).default(DEFAULT_SEED).describe('seed of all random numbers of the run'),
      engine: z
        .enum(['onnx', 'openvino', 'js', 'tensorflow'])
        .default('onnx')
        .describe(
          'onnx computes in float32, openvino in bfloat16, js is the slow reference; svft engine install installs openvino and tensorflow',
        ),
      precision: hashedUnless(
        'f32',
        z
          .enum(['f32', 'bf16'])
          .optional()
          .describe('the type of products and activations; bf16 is for engine openvino alone; default: f32'),
      ),
      device: hashedUnless(
        'cpu',
        z
          .enum(['cpu', 'webgpu', 'cuda'])
          .optional()
          .describe(
            'where engine onnx computes: webgpu is any GPU, cuda an NVIDIA GPU with the libraries of CUDA 12; default: cpu',
          ),
      ),
    }),
    ...notHashed({
      threads: atLeast(1).max(256).optional().describe('CPU threads; default: one per core'),
      track: track.optional(),
      paper: paper.optional(),
      search: searchSchema.optional(),
    }),
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

/** Everything needed to reproduce a row: defaults filled in, paths absolute. Plain JSON. */
export interface Recipe extends Readonly<Omit<WrittenRecipe, 'extends'>> {
  readonly name: string
  readonly model: ModelSource
  readonly data: DataFiles
  /** Exactly one of `epochs` and `steps` is set. Absent for method none, which only scores. */
  readonly train?: RecipeTraining
  readonly evaluate: EvaluateSettings
  /** The overrides by --set that change what is computed, as `overridesText` writes them; no recipe file has them. */
  readonly set?: string
}
