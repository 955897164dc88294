import {z} from 'zod'
import {atLeast, share} from './number-schemas.ts'

const targets = z
  .array(z.string().regex(/^[\w-]+(\.[\w-]+)*$/, 'must be parts of a path, like q_proj'))
  .min(1)
  .describe('weights to adapt: a list of parts of their paths, like [q_proj, v_proj]')

const match = z
  .enum(['suffix', 'substring'])
  .describe('what a target hits: paths that end in it (PEFT), or that contain it anywhere (the official code)')

const svft = z
  .strictObject({
    method: z.literal('svft'),
    pattern: z
      .enum(['plain', 'banded', 'random', 'topk'])
      .describe('which entries of M are trainable: the diagonal, a band, a random choice, or the best aligned'),
    diagonals: atLeast(0)
      .default(0)
      .describe(
        'd: diagonals on each side of the main one; every pattern trains n(2d + 1) − d(d + 1) numbers a weight',
      ),
    basis: z
      .enum(['thin', 'full'])
      .default('thin')
      .describe('M is n × n between thin U and V (the code, and every printed count), or out × in (the paper)'),
    rank: atLeast(1).optional().describe('r: keep only the first r singular vectors of W (Table 10); default: all'),
    gate: z.boolean().describe('multiply M by sigmoid(g), g trainable: in the code, not in the paper'),
    init: z.enum(['kaiming', 'zeros']).describe('how M starts; zeros leaves W as it is'),
    sampling: z
      .enum(['replacement', 'distinct'])
      .describe('pattern random: places may repeat (the code) or not (the paper)'),
    topk: z
      .enum(['code', 'paper'])
      .describe('pattern topk: alignment of rows of U with V (the code) or of columns (the paper)'),
    targets,
    match,
  })
  .describe('W = U (Σ + M) Vᵀ, M sparse and trainable')

const lora = z
  .strictObject({
    method: z.literal('lora'),
    rank: atLeast(1).describe('r: rank of B A'),
    alpha: z.number().positive().describe('α: B A counts α / r times; default: by the profile'),
    dropout: share.describe('share of the inputs of B A that are zeroed while training'),
    targets,
    match,
  })
  .describe('W + (α / r) B A')

const dora = z
  .strictObject({
    method: z.literal('dora'),
    rank: atLeast(1).describe('r: rank of B A'),
    alpha: z.number().positive().describe('α: B A counts α / r times; default: by the profile'),
    dropout: share.describe('share of the inputs that are zeroed for B A, and for what m rescales, while training'),
    targets,
    match,
  })
  .describe('m (W + (α / r) B A) / ‖W + (α / r) B A‖, row by row; the lengths m are trainable')

const vera = z
  .strictObject({
    method: z.literal('vera'),
    rank: atLeast(1).describe('r: rows of A and columns of B, which are random, frozen and shared by all targets'),
    lambdaD: z.number().describe('how λd starts; λb starts at 0'),
    projectionSeed: atLeast(0).default(0).describe('A and B follow from it, whatever the seed of the run'),
    shapes: z
      .enum(['sliced', 'same'])
      .describe('targets of several shapes use parts of A and B (PEFT since 0.12), or are refused (0.11)'),
    dropout: share.describe('share of the inputs of A that are zeroed while training'),
    targets,
    match,
  })
  .describe('W + diag(λb) B diag(λd) A, λb and λd trainable')

const boft = z
  .strictObject({
    method: z.literal('boft'),
    b: atLeast(1).describe("size of a rotation; divides the weight's inputs"),
    m: z.int().min(1).max(32).default(1).describe("butterfly factors of R; b 2^(m − 1) divides the weight's inputs"),
    fallback: z.boolean().describe('m is 1 whatever is written, as where PEFT cannot build its CUDA extension'),
    bias: z.boolean().default(true).describe("train the targets' own biases too (boft_only in PEFT)"),
    side: z
      .enum(['input', 'output'])
      .describe('what R rotates: the inputs of W (PEFT) or its outputs (R W, as the SVFT paper writes it)'),
    dropout: share.describe('share of the rotations of one factor that are left out of each step'),
    targets,
    match,
  })
  .describe('diag(s) W Rᵀ, R a product of m butterfly factors of rotations b × b; s and the rotations are trainable')

const head = z.strictObject({method: z.literal('head')}).describe("the model's head is trainable, nothing else")
const full = z.strictObject({method: z.literal('full')}).describe('every weight is trainable')
const none = z.strictObject({method: z.literal('none')}).describe('no training: scores the model as it is')

/** What may stand under a recipe's `adapter`. */
export const adapter = z
  .discriminatedUnion('method', [svft, lora, dora, vera, boft, head, full, none])
  .describe('the method and its settings')
