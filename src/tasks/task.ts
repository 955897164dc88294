import type {ImageList} from '../images/list.ts'
import type {Tokenizer} from '../tokenizer/tokenizer.ts'

/** What a causal model learns from: after `prompt` it must say `target`. */
export interface Example {
  readonly prompt: string
  readonly target: string
  /** Where it stands: `file:line`. */
  readonly where?: string
}

/** What frames a test's question: the text of the published evaluation, or the one that training shows. */
export type PromptForm = 'official' | 'training'

/** What it is tested on: after `prompt` its answer must be `gold`; where that is undefined, none is correct. */
export interface TestItem<Answer> {
  readonly prompt: string
  readonly gold: Answer | undefined
}

/** An example as tokens. `labels` are the ids that count for the loss, IGNORED where a token does not. */
export interface EncodedExample {
  readonly ids: readonly number[]
  readonly labels: readonly number[]
}

/** Examples ready for training, and what a person should know about those that were cut or left out. */
export interface EncodedExamples {
  readonly examples: readonly EncodedExample[]
  readonly warnings: readonly string[]
}

/** How the answers that a model writes are read and judged. */
export interface Scorer<Answer> {
  /** The answer in what the model wrote after the prompt; undefined where there is none, which is wrong. */
  extract(text: string): Answer | undefined
  correct(answer: Answer, gold: Answer): boolean
}

/** The groups of tasks that share a training protocol (appendix C.5 and C.6). */
export type Family = 'math' | 'commonsense' | 'glue' | 'vision'

/** How long the texts of a task usually are, in tokens: a rough guide, for forecasts of time only. */
export interface TypicalLengths {
  /** A training micro-batch, padded to its longest text. */
  readonly trained: number
  readonly prompt: number
  readonly answer: number
}

/** Who judges a text: `paper` is the published evaluation. */
export const SCORERS = ['paper', 'strict', 'exact'] as const

/**
 * A dataset whose answers a causal model writes. Everything that differs between datasets is one of these functions:
 * which files it reads, how a prompt is framed, which tokens the loss counts, what is read out of the written text.
 */
export interface GenerationTask<Answer extends string | number = string | number> extends Scorer<Answer> {
  readonly kind: 'generation'
  readonly name: string
  readonly family: Family
  readonly lengths: TypicalLengths
  /** The share of items whose answer is correct. */
  readonly metric: 'accuracy'
  readTraining(file: string): Promise<readonly Example[]>
  /** Examples as at most `maxTokens` tokens each, with the labels of this task's loss. */
  encode(tokenizer: Tokenizer, examples: readonly Example[], maxTokens: number): Promise<EncodedExamples>
  readTest(file: string, form?: PromptForm): Promise<readonly TestItem<Answer>[]>
  /** How the published evaluation decodes; one beam is greedy. */
  readonly decoding: {readonly beams: number; readonly maxNewTokens: number}
  /** The model has said enough where one of these begins; the text before it is what `extract` reads. */
  readonly stop: readonly string[]
  /**
   * Two other judges of the same texts. `strict` wants the answer in the form that training shows, and nothing behind it;
   * `exact` compares what stands where the answer should with the gold answer, letter by letter.
   */
  readonly stricter: Readonly<Record<'strict' | 'exact', Scorer<string | number>>>
}

/** A task's judge of this name. */
export const scorerOf = (task: GenerationTask, name: (typeof SCORERS)[number]): Scorer<string | number> =>
  name === 'paper' ? task : task.stricter[name]

/** A text, or two that are one input, and what it is: the number of its class, or in regression a score. */
export interface LabelledText {
  readonly text: string
  readonly pair?: string
  readonly label: number
  /** Where it stands: `file:line`. */
  readonly where?: string
}

/** A dataset of texts that a classifier tells apart. */
export interface TextTask {
  readonly kind: 'texts'
  readonly name: string
  readonly family: Family
  readonly lengths: TypicalLengths
  readonly metric: 'accuracy' | 'matthews' | 'pearson'
  /** How many classes there are; 1 is regression. */
  readonly labels: number
  /** The columns of TSV files whose first line is an example already, as of CoLA. */
  readonly columns?: readonly string[]
  /** The examples of any split: all splits have one form. */
  readExamples(file: string): Promise<readonly LabelledText[]>
}

/** A dataset of images that a classifier tells apart. */
export interface ImageTask {
  readonly kind: 'images'
  readonly name: string
  readonly family: Family
  readonly lengths: TypicalLengths
  readonly metric: 'accuracy'
  /** How many classes there are, where the name says it. */
  readonly labels?: number
  /** Those of any split: a folder of class folders, or a file of many. */
  readExamples(path: string): Promise<ImageList>
}

/** What a recipe's task may be; its `kind` tells which sort of model it takes. */
export type AnyTask = GenerationTask | TextTask | ImageTask
