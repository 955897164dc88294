import {join} from 'node:path'
import {writeText} from '../../base/files.ts'
import {readIfPresent, readText} from '../../base/read-file.ts'
import type {RunEvent} from '../../recipes/events.ts'
import {type CellEnd, LAST_LINES} from '../run-cell.ts'

/** The state of a task, which it writes into its submission's folder for the sweeps that follow it. */
export interface TaskMessage {
  /** Counts the task's messages. */
  readonly n: number
  /** The newest event of its run. */
  readonly event?: RunEvent
  readonly warnings: readonly string[]
  readonly reached: Reached
  readonly ended?: CellEnd
}

/** How far a run has got with each kind of work that a stopped run need not do again: the factors, steps and answers done. */
export type Reached = Readonly<Record<string, number>>

export function reachedAfter(event: RunEvent, reached: Reached): Reached {
  if (event.type === 'factors') return {...reached, factors: event.done}
  if (event.type === 'training') return {...reached, steps: event.from}
  if (event.type === 'step') return {...reached, steps: event.report.step}
  if (event.type === 'answers') return {...reached, [`${event.split} after ${reached.steps ?? 0} steps`]: event.done}
  return reached
}

export const isBeyond = (reached: Reached, before: Reached): boolean =>
  Object.entries(reached).some(([work, done]) => done > (before[work] ?? 0))

/** A start of a task, whose messages are in a file of their own. */
interface StartedTask {
  readonly index: number
  readonly restarts: number
}

/** Reads a task's message. */
export async function readMessage(folder: string, task: StartedTask): Promise<TaskMessage | undefined> {
  const text = await readText(messageFile(folder, task)).catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as TaskMessage) // written whole, by svft
}

/** How far the earlier starts of a task have got. */
export async function reachedBefore(folder: string, {index, restarts}: StartedTask): Promise<Reached> {
  let reached: Reached = {}
  for (let i = 0; i < restarts; i++) {
    const message = await readMessage(folder, {index, restarts: i})
    reached = {...reached, ...message?.reached}
  }
  return reached
}

export const writeMessage = (folder: string, task: StartedTask, message: TaskMessage): Promise<void> =>
  writeText(messageFile(folder, task), JSON.stringify(message))

/** The last lines that a task has printed, in all its starts. */
export async function lastLines(folder: string, index: number): Promise<readonly string[]> {
  const bytes = await readIfPresent(join(folder, `${index}.log`)).catch(() => undefined)
  const text = Buffer.from(bytes ?? []).toString() // a log may hold anything, UTF-8 or not
  return text.split('\n').filter(Boolean).slice(-LAST_LINES)
}

export const messagesFolder = (folder: string) => join(folder, 'messages')

const messageFile = (folder: string, {index, restarts}: StartedTask) =>
  join(messagesFolder(folder), `${index}.${restarts}.json`)
