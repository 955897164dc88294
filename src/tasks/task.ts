import type {ImageList} from '../images/source.ts'
import type {Tokenizer} from '../tokenizer/tokenizer.ts'

/** A training example of a causal model, which learns to continue `prompt` with `target`. */
export interface Example {
  readonly prompt: string
  readonly target: string
  /** The characters of prompt and target together that count for the loss; default: the target, and the eos behind it. */
  readonly spans?: readonly (readonly [from: number, to: number])[]
  /** Where it was read: `file:line`. */
  readonly where?: string
}

/** A model's tokenizer and the folder of its files. */
export interface ModelFiles {
  readonly folder: string
  readonly tokenizer: Tokenizer
}

/** The prompt around a test's question: that of the published evaluation, or that of training. */
export type PromptForm = 'official' | 'training'

/** A test item: the answer to `prompt` must be `gold`; where that is undefined, no answer is correct. */
export interface TestItem<Answer> {
  readonly prompt: string
  readonly gold: Answer | undefined
  /** A hash of the record of a task with data of one's own, which all prompts of that record share. */
  readonly item?: string
  /** How an example of training would continue the prompt, of a task whose tests and training data have one form. */
  readonly target?: string
}

/** An example as tokens. `labels` are the ids that count for the loss; IGNORED marks tokens that do not. */
export interface EncodedExample {
  readonly ids: Int32Array
  readonly labels: Int32Array
}

/** Examples that are ready for training, and warnings about those that were truncated or left out. */
export interface EncodedExamples {
  readonly examples: readonly EncodedExample[]
  readonly warnings: readonly string[]
}

/** What limits the tokens of an example: a key of the recipe, or the model, which reads no more. */
export type TokenLimit = 'train.maxTokens' | 'evaluate.maxTokens' | 'model'

export interface TokenLimitOptions {
  /** What sets the limit of tokens; default: `train.maxTokens`. */
  readonly limit?: TokenLimit | undefined
}

/** Extracts answers from a model's outputs and compares them with the gold answers. */
export interface Scorer<Answer> {
  /** The answer in an output; undefined where there is none, which counts as wrong. */
  extract(text: string): Answer | undefined
  correct(answer: Answer, gold: Answer): boolean
}

/** The groups of tasks that share a training protocol (appendix C.5 and C.6); `language` is that of the user's own texts. */
export type Family = 'math' | 'commonsense' | 'glue' | 'vision' | 'language'

/** A text that a trained model is asked about, named like its column in the data. */
export interface TaskInput {
  readonly name: string
  readonly isOptional?: boolean
}

/** What a causal model is asked, and where its output ends. */
export interface Prompting {
  /** The texts of a question, in the order in which `promptOf` takes them. */
  readonly inputs: readonly TaskInput[]
  /** Writes the prompt of training around a question. */
  promptOf(texts: readonly string[]): Promise<string>
  /** False if the prompts hold their special tokens already, as those of chat templates do; default: true. */
  readonly addsSpecialTokens?: boolean
  /** Ids that end an output, besides the eos ids of the model. */
  readonly stopIds?: readonly number[]
  /** Strings that end an output; a scorer reads the text before the first of them. */
  readonly stop: readonly string[]
}

/** The usual lengths of a task's texts in tokens: rough values, for forecasts of time only. */
export interface TypicalLengths {
  /** A training micro-batch, padded to its longest text. */
  readonly trained: number
  readonly prompt: number
  readonly answer: number
}

/** What every task has, whatever its kind. */
interface BaseTask {
  readonly name: string
  readonly family: Family
  readonly lengths: TypicalLengths
}

/** Writes examples as the tokens that a causal model learns. */
interface ExampleEncoder {
  /** Encodes examples as at most `maxTokens` tokens each, with the labels that count for the loss, or for a perplexity. */
  encode(
    tokenizer: Tokenizer,
    examples: readonly Example[],
    maxTokens: number,
    options?: TokenLimitOptions,
  ): Promise<EncodedExamples>
}

/** A task that a model's files may complete. */
export interface OpenableTask<T> {
  /** Completes the task with what belongs to a model, as its chat template. */
  open?(files: ModelFiles): Promise<T>
  /** Identifies the model's files that shape the prompts and that its revision does not cover: `chat 1a2b3c4d5e6f7890`. */
  readonly facts?: string | undefined
}

/** The names of a task's scorers: `paper` is the published evaluation. */
export const SCORERS = ['paper', 'strict', 'exact'] as const

/**
 * A dataset whose answers a causal model generates. Everything that differs between datasets is here: the files that it
 * reads, the prompts, the tokens that the loss counts, the answer that is extracted from an output.
 */
export interface GenerationTask<Answer extends string | number = string | number>
  extends BaseTask,
    Prompting,
    ExampleEncoder,
    OpenableTask<GenerationTask<Answer>>,
    Scorer<Answer> {
  readonly kind: 'generation'
  /** The share of correct answers. */
  readonly metric: 'accuracy'
  /** Whether it is a mixture of datasets, which are scored apart; its own score is their mean. */
  readonly isMixture?: boolean
  readTraining(file: string, options?: ReadOptions): Promise<readonly Example[]>
  readTest(file: string, form?: PromptForm, options?: ReadOptions): Promise<readonly TestItem<Answer>[]>
  /** The decoding of the published evaluation; one beam is greedy. */
  readonly decoding: {readonly beams: number; readonly maxNewTokens: number}
  /**
   * Two other scorers of the same outputs. `strict` accepts an answer only in the form of the training data, with nothing
   * after it; `exact` compares the text at the answer's position with the gold answer, character by character.
   */
  readonly stricter: Readonly<Record<'strict' | 'exact', Scorer<string | number>>>
}

export const scorerOf = (task: GenerationTask, name: (typeof SCORERS)[number]): Scorer<string | number> =>
  name === 'paper' ? task : task.stricter[name]

/** The metrics of a classifier of texts; `pearson` is that of regression. */
export const CLASS_METRICS = ['accuracy', 'macro-f1', 'matthews', 'pearson'] as const

export type ClassMetric = (typeof CLASS_METRICS)[number]

/** A text, or a pair of texts as one input, with its label: the index of its class, or a score in regression. */
export interface LabelledText {
  readonly text: string
  readonly pair?: string
  readonly label: number
  /** Where it was read: `file:line`. */
  readonly where?: string
}

/** A dataset of labelled texts. */
export interface TextTask extends BaseTask {
  readonly kind: 'texts'
  readonly metric: ClassMetric
  /** The number of classes; 1 is regression. Undefined if `readClasses` finds them in the training data. */
  readonly labels?: number | undefined
  /** The text that the model reads, or the pair of texts. */
  readonly inputs: readonly TaskInput[]
  /** The columns of TSV files without a header, such as CoLA's. */
  readonly columns?: readonly string[]
  /** The names of the classes in the order of their indices, of a published dataset. */
  readonly classes?: readonly string[] | undefined
  /** Reads the names of the classes from the training data, in the order of their indices. */
  readonly readClasses?: ((file: string, part?: FilePart) => Promise<readonly string[]>) | undefined
  /** Reads the examples of any split: all splits have one form. */
  readExamples(file: string, options?: ReadTextOptions): Promise<readonly LabelledText[]>
}

export interface ReadOptions {
  /** The split to read of a file that holds several. */
  readonly part?: FilePart | undefined
  /** Read the first record alone, to check its form. */
  readonly first?: boolean | undefined
}

export interface ReadTextOptions extends ReadOptions {
  /** The classes of the training data, where those decide; default: those of what is read. */
  readonly classes?: readonly string[]
}

/** How a file is divided into splits: by a column that names them, or by shares that a seed draws. */
export type CutSettings =
  | {readonly column: string}
  | {readonly validation?: number | undefined; readonly test?: number | undefined; readonly seed: number}

/** The split to read of a file, if the file holds several. */
export interface FilePart {
  readonly split: string
  readonly cut: CutSettings
}

/** A dataset of labelled images. */
export interface ImageTask extends BaseTask {
  readonly kind: 'images'
  readonly metric: 'accuracy'
  /** The number of classes, where the dataset fixes it. */
  readonly labels?: number
  /** Lists the images of any split: a folder of class folders, or a file of many images. */
  readExamples(path: string): Promise<ImageList>
}

/** A dataset of texts that a causal model learns, and is scored on by their likelihood. */
export interface LanguageTask extends BaseTask, Prompting, ExampleEncoder, OpenableTask<LanguageTask> {
  readonly kind: 'language'
  /** exp of the mean of −log p over the counted tokens; rows hold its inverse, of which more is better. */
  readonly metric: 'perplexity'
  /** Whether `encode` fills an example with several documents. */
  readonly isPacked?: boolean
  /** Reads the examples of any split: all splits have one form. */
  readExamples(file: string, options?: ReadOptions): Promise<readonly Example[]>
}

/** A task of a recipe; its `kind` decides which sort of model it needs. */
export type AnyTask = GenerationTask | LanguageTask | TextTask | ImageTask
