import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {execaNode} from 'execa'
import {engineEnvironment} from '../recipes/engine.ts'
import type {RunEvent} from '../recipes/events.ts'
import type {Failure} from '../recipes/failure.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import type {Row} from '../results/row.ts'

/** How a process that did a cell ended. */
export type CellOutcome =
  | {readonly type: 'done'; readonly folder: string; readonly row: Row}
  /** Asked to, with all that was done saved. */
  | {readonly type: 'stopped'}
  /** Another process is at work on the same run. */
  | {readonly type: 'busy'}
  | {readonly type: 'failed'; readonly failure: Failure}

/** What it is asked to do. */
export interface RunCellRequest {
  readonly recipe: Recipe
  /** As `run` takes it. */
  readonly fence: boolean
}

/** What it says on its way. */
export type CellMessage =
  | {readonly type: 'event'; readonly event: RunEvent}
  | {readonly type: 'end'; readonly outcome: CellOutcome}

export type CellEnd = (CellOutcome | {readonly type: 'lost'; readonly message: string}) & {
  /** The last lines that it printed. */
  readonly lines: readonly string[]
}

/** `run` in a process of its own. `signal` asks it to save its state and to end. */
export async function runCell(
  recipe: Recipe,
  {tell, signal, fence = false}: {tell: (event: RunEvent) => void; signal: AbortSignal; fence?: boolean},
): Promise<CellEnd> {
  const child = execaNode(fileURLToPath(new URL('./worker.js', import.meta.url)), {
    env: await engineEnvironment(recipe),
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
  })
  const lines: string[] = []
  const reader = createInterface({input: child.all}).on('line', line => {
    if (lines.push(line) > LAST) lines.shift()
  })
  let outcome: CellOutcome | undefined
  child.on('message', (said: CellMessage) => {
    if (said.type === 'event') tell(said.event)
    else outcome = said.outcome
  })
  const send = (message: object | string) => child.connected && child.send(message, undefined, undefined, () => {})
  const stop = () => send('stop')
  signal.addEventListener('abort', stop)
  try {
    send({recipe, fence} satisfies RunCellRequest)
    if (signal.aborted) stop()
    const {signal: killed, exitCode, originalMessage} = await child
    const how = killed ? `was killed by ${killed}` : `ended with code ${exitCode ?? originalMessage}`
    return {...(outcome ?? {type: 'lost', message: `its process ${how}`}), lines}
  } finally {
    signal.removeEventListener('abort', stop)
    reader.close()
  }
}

const LAST = 8
