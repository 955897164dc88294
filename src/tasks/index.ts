import {COMMONSENSE} from './commonsense.ts'
import {GLUE} from './glue.ts'
import {gsm8k} from './gsm8k.ts'
import {IMAGES} from './images.ts'
import {math} from './math.ts'
import {instruct, instructLikelihood} from './own/instruct.ts'
import type {OwnTaskName, OwnTaskSettings} from './own/settings.ts'
import {text} from './own/text.ts'
import {textClassification} from './own/text-classification.ts'
import type {AnyTask, Family, GenerationTask} from './task.ts'

/** The tasks whose answers a causal model generates. */
export const GENERATION = {gsm8k, math, ...COMMONSENSE} satisfies Record<
  string,
  GenerationTask<number> | GenerationTask<string>
>

/** The tasks of data of one's own, which the recipe's settings complete. */
export const OWN = {
  'text-classification': textClassification,
  instruct: settings => (settings.metric === 'perplexity' ? instructLikelihood(settings) : instruct(settings)),
  text,
} satisfies Record<OwnTaskName, (settings: OwnTaskSettings) => AnyTask>

/** Every task that a recipe can name; those of one's own data have their default settings here. */
export const TASKS = {
  ...GENERATION,
  ...GLUE,
  ...IMAGES,
  'text-classification': textClassification({}),
  instruct: instruct({}),
  text: text({}),
} satisfies Record<string, AnyTask>

export type TaskName = keyof typeof TASKS

export const TASK_NAMES = Object.keys(TASKS) as readonly TaskName[]

export const isTask = (name: unknown): name is TaskName => typeof name === 'string' && Object.hasOwn(TASKS, name)

/** The family of a task. A name that is unknown gets the first family: its recipe is refused for the name anyway. */
export const familyOf = (task: unknown): Family => (isTask(task) ? TASKS[task].family : 'math')
