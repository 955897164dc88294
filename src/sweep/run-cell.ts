import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {execaNode} from 'execa'
import {engineEnvironment} from '../recipes/engine.ts'
import type {RunEvent} from '../recipes/events.ts'
import type {Failure} from '../recipes/failure.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import type {Row} from '../results/row.ts'

/** How a worker's run ended. */
export type CellOutcome =
  | {readonly type: 'done'; readonly folder: string; readonly row: Row}
  /** It stopped on request, with its state saved. */
  | {readonly type: 'stopped'}
  /** Another process is working on the same run. */
  | {readonly type: 'busy'}
  | {readonly type: 'failed'; readonly failure: Failure}

/** The message that starts a worker's run. */
export interface RunCellRequest {
  readonly recipe: Recipe
  readonly fence: boolean
  readonly advice?: string
}

/** A message from a worker. */
export type CellMessage =
  | {readonly type: 'event'; readonly event: RunEvent}
  | {readonly type: 'end'; readonly outcome: CellOutcome}

export type CellEnd = (CellOutcome | {readonly type: 'lost'; readonly message: string}) & {
  /** The last lines that the process printed. */
  readonly lines: readonly string[]
}

/** How many of the lines that a process printed are shown if it fails. */
export const LAST_LINES = 8

export interface RunCellOptions {
  readonly onEvent: (event: RunEvent) => void
  /** When aborted, the run saves its state and ends. */
  readonly signal: AbortSignal
  readonly fence?: boolean
  /** The command that downloads the recipe's files where there is a network. */
  readonly advice?: string
}

/** Runs a recipe in a process of its own. */
export async function runCell(recipe: Recipe, options: RunCellOptions): Promise<CellEnd> {
  const {onEvent, signal, fence = false, advice} = options
  const child = execaNode(fileURLToPath(new URL('./worker.js', import.meta.url)), {
    env: await engineEnvironment(recipe),
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
  })
  const lines: string[] = []
  const reader = createInterface({input: child.all}).on('line', line => {
    if (lines.push(line) > LAST_LINES) lines.shift()
  })
  let outcome: CellOutcome | undefined
  child.on('message', (message: CellMessage) => {
    if (message.type === 'event') onEvent(message.event)
    else outcome = message.outcome
  })
  const send = (message: object | string) => child.connected && child.send(message, undefined, undefined, () => {})
  const stop = () => send('stop')
  signal.addEventListener('abort', stop)
  try {
    send({recipe, fence, advice} satisfies RunCellRequest)
    if (signal.aborted) stop()
    const {signal: killed, exitCode, originalMessage} = await child
    // a signal to the whole process group kills a worker that is too young to handle it
    if (signal.aborted && STOPPING.has(killed ?? '')) outcome ??= {type: 'stopped'}
    const how = killed ? `was killed by ${killed}` : `ended with code ${exitCode ?? originalMessage}`
    return {...(outcome ?? {type: 'lost', message: `its process ${how}`}), lines}
  } finally {
    signal.removeEventListener('abort', stop)
    reader.close()
  }
}

/** The signals by which a user, a terminal or a scheduler stops processes. */
const STOPPING: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP'])
