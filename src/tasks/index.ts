import type {Speed} from '../terminal/progress.ts'
import {COMMONSENSE} from './commonsense.ts'
import {instruct} from './custom/instruct.ts'
import {text} from './custom/plain-text.ts'
import type {CustomTask} from './custom/settings.ts'
import {textClassification} from './custom/text-classification.ts'
import {GLUE} from './glue.ts'
import {gsm8k} from './gsm8k.ts'
import {IMAGES} from './images.ts'
import {math} from './math.ts'
import type {AnyTask, Family, GenerationTask} from './task.ts'

/** The tasks whose answers a causal model generates. */
export const GENERATION = {gsm8k, math, ...COMMONSENSE} satisfies Record<
  string,
  GenerationTask<number> | GenerationTask<string>
>

/** The tasks for the user's own data, which the recipe's settings complete. */
export const OWN = {'text-classification': textClassification, instruct, text} satisfies Record<string, CustomTask>

export type CustomTaskName = keyof typeof OWN

export type CustomMetric = (typeof OWN)[CustomTaskName]['metrics'][number]

const withDefaults = Object.fromEntries(Object.entries(OWN).map(([name, {build}]) => [name, build({})])) as {
  [Name in CustomTaskName]: ReturnType<(typeof OWN)[Name]['build']>
}

/** Every task that a recipe can name; those for the user's own data have their default settings here. */
export const TASKS = {
  ...GENERATION,
  ...GLUE,
  ...IMAGES,
  ...withDefaults,
} satisfies Record<string, AnyTask>

export type TaskName = keyof typeof TASKS

export const TASK_NAMES = Object.keys(TASKS) as readonly TaskName[]

export const isTask = (name: unknown): name is TaskName => typeof name === 'string' && Object.hasOwn(TASKS, name)

export const isCustomTask = (name: unknown): name is CustomTaskName =>
  typeof name === 'string' && Object.hasOwn(OWN, name)

/** The family of a task. @throws Error if there is no such task */
export function familyOf(task: string): Family {
  if (isTask(task)) return TASKS[task].family
  throw new Error(`unknown task: ${task}`)
}

/** What the speed of training on a task counts; tokens where the task is not known. */
export const speedUnit = (task: string | undefined): Speed['unit'] =>
  task && familyOf(task) === 'vision' ? 'images' : 'tokens'
