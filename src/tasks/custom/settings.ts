import type {AnyTask} from '../task.ts'

/** The descriptor of a task for the user's own data. Adding a task takes a descriptor and a line in the table of tasks. */
export interface CustomTask {
  /** The metrics that a recipe can choose; the first is the default. */
  readonly metrics: readonly [string, ...string[]]
  /** The roles that a recipe's `data.columns` can map. */
  readonly roles: readonly string[]
  /** The keys of a recipe's `data` that not every such task reads. */
  readonly settings: readonly CustomTaskSetting[]
  /** Builds the task that a recipe's settings complete. */
  build(settings: CustomTaskSettings): AnyTask
}

/** The keys of `data` that only some tasks for the user's own data read. */
export const CUSTOM_TASK_SETTINGS = ['pack', 'template'] as const

export type CustomTaskSetting = (typeof CUSTOM_TASK_SETTINGS)[number]

/** What a recipe decides about a task of its own data. */
export interface CustomTaskSettings {
  /** The column of the data for each role that the task reads: `{text: review, label: stars}`. */
  readonly columns?: Readonly<Record<string, string>> | undefined
  /** The text of a prompt, with {column} for the value of a column. */
  readonly template?: string | undefined
  readonly metric?: string | undefined
  /** The regular expression of metric `pattern`. */
  readonly pattern?: string | undefined
  /** Whether examples of task `text` are filled with documents up to their length. */
  readonly pack?: boolean | undefined
  readonly maxNewTokens?: number | undefined
}
