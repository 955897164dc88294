import type {Family} from '../tasks/task.ts'

/** The source that decides the settings that a recipe leaves open: the paper or its official code. */
export type Profile = 'paper' | 'official-code'

type Plain = string | number | boolean

/** A value that follows from the method's other settings. */
export interface Formula {
  readonly formula: string
  readonly of: (adapter: Readonly<Record<string, unknown>>) => number
}

/** A key of recipes that decides a conflict. */
export interface Switch {
  /** Its path in a recipe: `adapter.gate`. */
  readonly key: string
  /** The methods that have it; all if absent. */
  readonly methods?: readonly string[]
  /** The families of tasks for which it has these values; all if absent. */
  readonly families?: readonly Family[]
  readonly paper: Plain | Formula
  readonly 'official-code': Plain | Formula
}

/** A difference between the paper and its official code, or between two passages of the paper. */
export interface Conflict {
  readonly number: number
  readonly about: string
  readonly paper: string
  /** What the version published at NeurIPS 2024 has instead of arXiv v1, if that changes the choice or the rows. */
  readonly published?: string
  readonly code: string
  /** The keys of recipes that decide it, which the profile fills in. */
  readonly switches?: readonly Switch[]
  /** The keys that a profile does not fill in: a recipe writes the value, or the schema's default holds. */
  readonly written?: readonly Switch[]
  /** The reason why there is no switch. */
  readonly none?: string
  /** The source that the printed numbers follow. */
  readonly printed: string
}

/** A rank that is missing or invalid counts as 1 here; the schema reports it. */
const times = (factor: number) => (adapter: Readonly<Record<string, unknown>>) =>
  factor * (typeof adapter.rank === 'number' && adapter.rank > 0 ? adapter.rank : 1)
const RANK: Formula = {formula: 'rank', of: times(1)}
const TWICE_RANK: Formula = {formula: '2 · rank', of: times(2)}
const SVFT = ['svft']
const BOFT = ['boft']
const LOW_RANK = ['lora', 'dora']
const MATH: readonly Family[] = ['math']
const COMMONSENSE: readonly Family[] = ['commonsense']
const LANGUAGE: readonly Family[] = ['math', 'commonsense']
const VISION: readonly Family[] = ['vision']
const SILENT = 'not shown by the printed numbers'

/** Every conflict: `svft conflicts` prints this table, and a recipe's profile takes its values from it. */
export const CONFLICTS: readonly Conflict[] = [
  {
    number: 1,
    about: 'gate on M',
    paper: 'equation 1 has none',
    code: 'M times sigmoid(g), g trainable and 0 at first, one a weight',
    switches: [{key: 'adapter.gate', methods: SVFT, paper: false, 'official-code': true}],
    printed: "the code: 18.5K of ViT-B's SVFT plain counts the 24 gates",
  },
  {
    number: 2,
    about: 'initial value of M',
    paper: 'not stated; with zeros, W starts unchanged',
    code: 'normal with variance 2 / k, so W is changed before the first step',
    switches: [{key: 'adapter.init', methods: SVFT, paper: 'zeros', 'official-code': 'kaiming'}],
    printed: SILENT,
  },
  {
    number: 3,
    about: 'size of M',
    paper: 'd1 × d2, between square U and V',
    code: 'n × n with n = min(d1, d2), between thin U and V',
    written: [{key: 'adapter.basis', methods: SVFT, paper: 'full', 'official-code': 'thin'}],
    printed: 'the code: every printed count is that of the thin form, which is the default',
  },
  {
    number: 4,
    about: 'random entries of M',
    paper: 'k elements chosen at random',
    code: 'row and column drawn independently, so that entries repeat and their values add up',
    switches: [{key: 'adapter.sampling', methods: SVFT, paper: 'distinct', 'official-code': 'replacement'}],
    printed: `${SILENT}: k is the same`,
  },
  {
    number: 5,
    about: 'alignment for top-k',
    paper: 'left against right singular vectors, for square weights only',
    code: 'rows of U against right singular vectors, signed; entries of the square factor where W is not square',
    switches: [{key: 'adapter.topk', methods: SVFT, paper: 'paper', 'official-code': 'code'}],
    printed: `${SILENT}, although the paper's rule cannot apply to Gemma's non-square weights`,
  },
  {
    number: 6,
    about: 'learning rates of SVFT, and the pattern of table 8',
    paper:
      'table 12: random d=16 at 1e-3; table 13: banded d=8 at 5e-3 on Gemma-2B and 1e-3 on Gemma-7B, where table 8 reports d=16 on Gemma-2B',
    published: 'the same rates, in tables 16 and 17; none for the patterns, d and modules of its new rows',
    code: 'scripts: random d=16 at 5e-2 for mathematics, at 5e-3 for commonsense',
    written: [
      {key: 'train.lr', methods: SVFT, families: MATH, paper: 1e-3, 'official-code': 5e-2},
      {
        key: 'train.lr',
        methods: SVFT,
        families: COMMONSENSE,
        paper: '0.005 (Gemma-2B), 0.001 (Gemma-7B)',
        'official-code': 0.005,
      },
      {key: 'adapter.pattern', methods: SVFT, families: COMMONSENSE, paper: 'banded', 'official-code': 'random'},
      {
        key: 'adapter.diagonals',
        methods: SVFT,
        families: COMMONSENSE,
        paper: '8 (table 13), 16 (table 8)',
        'official-code': 16,
      },
    ],
    printed: SILENT,
  },
  {
    number: 7,
    about: 'modules of BOFT on mathematics',
    paper: 'Q, V',
    code: 'Q, K, V, O',
    written: [{key: 'adapter.targets', methods: BOFT, families: MATH, paper: 'Q, V', 'official-code': 'Q, K, V, O'}],
    printed: 'the paper: the counts are those of Q, V',
  },
  {
    number: 8,
    about: 'modules of LoRA, DoRA and banded SVFT in vision',
    paper: 'Q, K, V, U, D',
    published: 'Q, V for every method; the recipes of its rows end in -qv',
    code: 'attention.output.dense as well: it is listed, and output.dense matches it too',
    written: [
      {
        key: 'adapter.targets',
        methods: ['lora', 'dora', 'svft'],
        families: VISION,
        paper: 'Q, K, V, U, D',
        'official-code': 'Q, K, V, O, U, D',
      },
    ],
    printed: 'the code: every count has the six',
  },
  {
    number: 9,
    about: "BOFT's number of factors",
    paper: 'vision: m=2 and m=4',
    published: 'no row of BOFT in vision',
    code: 'PEFT sets m to 1 where its CUDA extension cannot be built',
    switches: [{key: 'adapter.fallback', methods: BOFT, families: VISION, paper: false, 'official-code': true}],
    printed: 'the code: counts of vision are those of m=1, of language models those of m=2',
  },
  {
    number: 10,
    about: 'the side that BOFT rotates',
    paper: '(R W) x: the output',
    code: 'PEFT rotates the input: W Rᵀ x',
    switches: [{key: 'adapter.side', methods: BOFT, paper: 'output', 'official-code': 'input'}],
    printed: 'the code: for non-square weights the counts follow the inputs',
  },
  {
    number: 11,
    about: 'Pythia, table 6',
    paper: 'no diagonals, rank or pattern; Full-FT 2.5B',
    code: 'the script has random d=16, which would be 10.8M; the model has 2.78B parameters',
    written: [{key: 'adapter.diagonals', methods: SVFT, families: MATH, paper: 8, 'official-code': 16}],
    printed: 'SVFT d=8, LoRA r=4; 2.5B leaves out the embeddings',
  },
  {
    number: 12,
    about: 'rows without a script',
    paper: 'LLaMA-3-8B on U, D, O, G with d=12; DoRA and full fine-tuning on mathematics; all of GLUE',
    published:
      'LLaMA-3-8B also on Q, K, V, U, D with d=24 (tables 10 and 14), and on all seven modules with d=12 and plain (table 14); plain has the scores of table 1 there, for which the appendix has U, D, O, G',
    code: 'nothing',
    written: [
      {
        key: 'adapter.targets',
        methods: SVFT,
        families: MATH,
        paper: 'U, D, O, G (LLaMA-3)',
        'official-code': 'Q, K, V, U, D, O, G',
      },
    ],
    printed:
      'the paper: 13.1M is the count of U, D, O, G; 0.48M and 483K of plain are the count of no choice of modules',
  },
  {
    number: 13,
    about: 'code that does not run as published',
    paper: 'refers to the repository',
    code: 'a commonsense script is missing; after training the vision script calls a function that does not exist',
    none: 'code that is missing cannot be run',
    printed: SILENT,
  },
  {
    number: 14,
    about: 'length of the schedule, and seeds, in vision',
    paper: 'warm-up 0.1, linear; no seeds; bf16 whenever possible',
    code: 'counts whole batches only, so the last steps have learning rate 0; seeds 42, 123, 3076; float32, see 15',
    switches: [{key: 'train.scheduleLength', families: VISION, paper: 'all-steps', 'official-code': 'whole-batches'}],
    written: [{key: 'seed', families: VISION, paper: 'not stated', 'official-code': '42, 123, 3076'}],
    printed: SILENT,
  },
  {
    number: 15,
    about: 'precision',
    paper: 'bf16 mixed precision whenever possible',
    code: 'mathematics: float32 weights with bf16 autocast; commonsense: the same for SVFT and BOFT, all others entirely in bf16; vision: float32. It scores mathematics and commonsense in float16, which svft does not have',
    // not filled in: bf16 needs OpenVINO and a processor with its instructions, and float32 runs everywhere
    written: [
      {key: 'precision', families: MATH, paper: 'bf16', 'official-code': 'bf16'},
      {key: 'precision', methods: [...SVFT, ...BOFT], families: COMMONSENSE, paper: 'bf16', 'official-code': 'bf16'},
      {
        key: 'precision',
        methods: [...LOW_RANK, 'vera', 'full'],
        families: COMMONSENSE,
        paper: 'bf16',
        'official-code': 'bf16, trainable parameters too',
      },
      {key: 'precision', families: ['glue'], paper: 'bf16', 'official-code': 'no script'},
      {key: 'precision', families: VISION, paper: 'bf16', 'official-code': 'f32'},
    ],
    printed: SILENT,
  },
  {
    number: 16,
    about: 'prompts',
    paper: 'not printed',
    code: 'the evaluation prompt differs from the training prompt: in white space on commonsense; on mathematics it adds " Let\'s think step by step.", and no Input section for questions of several lines',
    written: [{key: 'evaluate.prompt', families: LANGUAGE, paper: 'not printed', 'official-code': 'official'}],
    printed: `${SILENT}; the code has the only published prompts`,
  },
  {
    number: 17,
    about: 'settings that appear only in the code',
    paper: 'not printed; equation 3 has no α',
    code: "α, dropout, λ, the biases that BOFT trains, weight decay and clipping, set in the scripts or by the defaults of PEFT and transformers; GLUE, without a script, has the α of mathematics. The recipes of tables 2, 3 and 8 write 2 · rank, whatever the profile; in tables 2 and 8 it is DoRA's, which their captions follow",
    switches: [
      {
        key: 'adapter.alpha',
        methods: LOW_RANK,
        families: ['math', 'glue'],
        paper: RANK,
        'official-code': TWICE_RANK,
      },
      {key: 'adapter.alpha', methods: LOW_RANK, families: COMMONSENSE, paper: RANK, 'official-code': 16},
      {key: 'adapter.alpha', methods: LOW_RANK, families: VISION, paper: RANK, 'official-code': 8},
      {key: 'adapter.dropout', methods: LOW_RANK, families: COMMONSENSE, paper: 0, 'official-code': 0.05},
      {
        key: 'adapter.dropout',
        methods: [...LOW_RANK, 'vera', 'boft'],
        families: VISION,
        paper: 0,
        'official-code': 0.1,
      },
      {key: 'adapter.dropout', methods: BOFT, families: LANGUAGE, paper: 0, 'official-code': 0.05},
    ],
    written: [{key: 'adapter.bias', methods: BOFT, paper: 'not stated', 'official-code': true}],
    printed: `the code for the biases: 0.07M of BOFT on ViT-B counts them (73,728; 55,296 without); the others are ${SILENT}`,
  },
  {
    number: 18,
    about: 'misprints in #Params',
    paper: 'cells of tables 1, 2, 4 and 9 that do not follow from their own labels',
    published:
      'those of tables 1 and 2, and 429K and 9.8M in table 5, 0.43M and 0.48M in table 7, 15.98M in tables 10 and 14, 483K and 15.9M in table 14',
    code: 'the counts follow from its modules',
    none: 'misprints leave nothing to choose',
    printed: 'svft audit recomputes all of both versions',
  },
  {
    number: 19,
    about: 'wrong labels of LoRA',
    paper: 'table 8 has LoRA r=16 with 13.5M; the text on table 2 calls its r=32 row r=16',
    code: 'nothing',
    none: 'misprints leave nothing to choose',
    printed: 'DoRA r=16 by count, as figure 1 has it',
  },
  {
    number: 20,
    about: 'tables 4 and 9 on the same runs',
    paper: 'LoRA r=8 of ViT-B on CIFAR-100 84.10 and 84.41; 0.27M and 0.28M, 0.93M and 0.94M',
    published: 'one table of vision, with other scores',
    code: 'nothing',
    none: 'one run printed twice',
    printed:
      'the #Params are one count: truncated, rounded, and rounded twice; both scores are shares of the 10,000 images',
  },
  {
    number: 21,
    about: 'scores printed twice',
    paper:
      'MATH of LoRA and DoRA r=1 on both Gemmas; RESISC45 78.02 and Food-101 75.97 of ViT-L; two of Gemma-2B in table 8',
    code: 'nothing',
    none: 'misprints or copying errors',
    printed: SILENT,
  },
  {
    number: 22,
    about: 'figures that differ from tables',
    paper:
      'figure 5 plots full fine-tuning of LLaMA-3-8B at 2500M, and banded d=12 where table 1 has random; figure 1 labels a DoRA r=8 that does not exist',
    code: 'nothing',
    none: 'misprints leave nothing to choose',
    printed: 'table 1: 8.0B',
  },
  {
    number: 23,
    about: 'ratios in the text',
    paper: '7.7, 1.9 and 3.5 times, taken from cells with misprints; 6 times for LoRA r=1',
    code: 'nothing',
    none: 'ratios of cells with misprints',
    printed: '4.2 times for LoRA r=1, 6.3 for BOFT, on Gemma-2B',
  },
  {
    number: 24,
    about: 'settings for vision',
    paper:
      'section 4.2: 10 examples per class; appendix C.6: 2 per class for validation, which selects the best model, seeds not stated',
    code: '10 per class for training, 2 to select the epoch, the whole test split; the head is trained and not counted',
    written: [
      {
        key: 'data.perClass',
        families: VISION,
        paper: '{train: 10, validation: 2}',
        'official-code': '{train: 10, validation: 2}',
      },
      {key: 'train.keep', families: VISION, paper: 'best', 'official-code': 'best'},
      {key: 'train.keepBy', families: VISION, paper: 'validation', 'official-code': 'validation'},
    ],
    printed: 'the code: no count includes the head',
  },
  {
    number: 25,
    about: 'which modules a target matches',
    paper: 'modules by letter; PEFT, which it uses, matches ends of paths',
    code: 'SVFT: every linear layer whose path contains the target',
    switches: [
      {
        key: 'adapter.match',
        methods: ['svft', 'lora', 'dora', 'vera', 'boft'],
        paper: 'suffix',
        'official-code': 'substring',
      },
    ],
    printed: `${SILENT}: on the models of the paper both match the same modules. svft applies the code's rule to all methods, so that the same targets are the same modules`,
  },
  {
    number: 26,
    about: 'VeRA on weights of several shapes',
    paper: 'matrices shared by all layers, a limitation for models with several widths',
    code: 'the PEFT version of that time refuses them; later versions slice A and B',
    switches: [{key: 'adapter.shapes', methods: ['vera'], paper: 'sliced', 'official-code': 'same'}],
    printed: "all printed rows have one shape: G, U and Q, V, and DeBERTa's four square weights",
  },
  {
    number: 27,
    about: 'models without a pad token on mathematics',
    paper: 'not stated; padding is masked',
    code: '"[PAD]" is added: one more row in the embedding and the head, the mean of all others, which takes part in every softmax',
    switches: [{key: 'train.padToken', families: MATH, paper: 'none', 'official-code': 'added'}],
    printed: SILENT,
  },
  {
    number: 28,
    about: 'held-out commonsense examples',
    paper: 'not stated',
    code: '120 for a validation loss that decides nothing',
    switches: [{key: 'train.heldOut', families: COMMONSENSE, paper: 0, 'official-code': 120}],
    printed: SILENT,
  },
  {
    number: 29,
    about: 'weight of micro-batches that are partial or have more tokens than others',
    paper: 'not stated',
    code: 'the Trainer of transformers 4.41 weights each micro-batch by 1 / accumulation; that of 5.24 weights all tokens of a step equally',
    written: [
      {key: 'train.weighting', families: LANGUAGE, paper: 'not stated', 'official-code': 'micro-batches'},
      {key: 'train.weighting', families: ['glue', 'vision'], paper: 'not stated', 'official-code': 'examples'},
    ],
    printed: `${SILENT}; examples differs from micro-batches only in steps with a partial micro-batch`,
  },
  {
    number: 30,
    about: "test set of MRPC's scores in table 3",
    paper: 'accuracy, of a set that is not stated',
    code: 'no script',
    none: 'svft scores the validation set, whose shares the rows from earlier work are',
    printed:
      "none of the authors' five scores is a share of the 408 pairs of the validation set; four are rounded shares of the 1,725 of the test set",
  },
]
