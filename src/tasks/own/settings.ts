/** What a recipe decides about a task of its own data. */
export interface OwnTaskSettings {
  /** The column of the data for each role that the task reads: `{text: review, label: stars}`. */
  readonly columns?: Readonly<Record<string, string>> | undefined
  /** The text of a prompt, with {column} for the value of a column. */
  readonly template?: string | undefined
  readonly metric?: OwnMetric | undefined
  /** The regular expression of metric `pattern`. */
  readonly pattern?: string | undefined
  /** Whether examples of task `text` are filled with documents up to their length. */
  readonly pack?: boolean | undefined
  readonly maxNewTokens?: number | undefined
}

/** The metrics that a recipe can choose for data of its own, by task; the first is the default. */
export const OWN_METRICS = {
  'text-classification': ['accuracy', 'macro-f1', 'matthews', 'pearson'],
  instruct: ['exact-match', 'contains', 'pattern', 'perplexity'],
  text: ['perplexity'],
} as const satisfies Record<string, readonly string[]>

export type OwnTaskName = keyof typeof OWN_METRICS

export type OwnMetric = (typeof OWN_METRICS)[OwnTaskName][number]

/** The roles that a recipe's `data.columns` can map for each task. */
export const OWN_COLUMNS: Readonly<Record<OwnTaskName, readonly string[]>> = {
  'text-classification': ['text', 'pair', 'label'],
  instruct: ['messages', 'prompt', 'target', 'system'],
  text: ['text'],
}

export const isOwnTask = (name: unknown): name is OwnTaskName =>
  typeof name === 'string' && Object.hasOwn(OWN_METRICS, name)
