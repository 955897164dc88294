import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {Fault} from '../../src/base/fault.ts'
import {busyShare, processTicks, readTicks} from './load.ts'

/** A process to be timed, with the protocol of server.ts. */
export interface Contender {
  readonly name: string
  readonly command: readonly string[]
  /** Environment variables in addition to those of this process. */
  readonly environment?: Readonly<Record<string, string>>
}

/** The measurements of a unit of work, and the share of the machine that other processes used meanwhile. */
export interface Unit extends Readonly<Record<string, unknown>> {
  readonly seconds: number
  readonly foreign?: number
}

export interface Running {
  readonly name: string
  /** Requests one unit of work. */
  go(): Promise<Unit>
  /** Stops the process and returns its last line. */
  quit(): Promise<Readonly<Record<string, unknown>>>
  kill(): void
}

export function start({name, command, environment}: Contender): Running {
  const [file, ...args] = command
  const child = spawn(file, args, {stdio: ['pipe', 'pipe', 'pipe'], env: {...process.env, ...environment}})
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    errors = (errors + text).slice(-2000)
  })
  child.stdin.on('error', () => {}) // a process that ended has printed the reason on stderr
  child.on('error', error => {
    errors += error.message
  })
  const ended = async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.signalCode ?? `exit code ${child.exitCode}`
  }
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]()

  async function request(word: string): Promise<Record<string, unknown>> {
    child.stdin.write(`${word}\n`)
    const {value, done} = await lines.next()
    if (!done) return JSON.parse(value)
    throw new Fault('failed', `${name} ended early, ${await ended()}: ${errors.trim() || 'no message on stderr'}`)
  }

  return {
    name,
    async go() {
      const [before, own] = [readTicks(), processTicks(child.pid ?? 0)]
      const report = (await request('go')) as Record<string, unknown> & {seconds: number}
      const [after, ownAfter] = [readTicks(), processTicks(child.pid ?? 0)]
      return {...report, ...(before && after && {foreign: busyShare(before, after, ownAfter - own)})}
    },
    async quit() {
      const last = await request('quit')
      await ended()
      return last
    },
    kill: () => void child.kill(),
  }
}
