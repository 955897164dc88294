import {readFileSync, writeFileSync} from 'node:fs'
import {cpuUsage, resourceUsage, stdin, stdout, version} from 'node:process'
import {createInterface} from 'node:readline'
import {Fault} from '../../src/base/fault.ts'
import type {Engine} from '../../src/engine/program.ts'
import {ENGINE_FLAGS} from './engines.ts'
import {count} from './flags.ts'

/** The flags of every contender. */
export const FLAGS = {
  ...ENGINE_FLAGS,
  steps: {type: 'string'}, // stop after this many units, not only at quit
  warmup: {type: 'string', default: '2'}, // untimed units before the first go
} as const

export interface ServeOptions {
  readonly flags: {readonly steps?: string | undefined; readonly warmup: string}
  readonly engine: Engine
  /** Fields of the last line besides the engine and the memory. */
  readonly about: Readonly<Record<string, unknown>>
}

/** The measurements of a unit of work. */
export type UnitReport = Readonly<Record<string, number | string>>

/**
 * Serves a contender of a timed comparison, with the protocol of peer/server.py: it works only when stdin requests it. `go`
 * runs one unit of work and prints one JSON line. `quit`, the end of stdin, or the requested number of units print a last
 * line. Its memory: `peakBytes` over the whole run, `steadyPeakBytes` since the end of the warm-up, `mappedBytes` in mapped
 * files at the end. Nothing else goes to stdout.
 */
export async function serve(work: () => Promise<UnitReport>, {flags, engine, about}: ServeOptions): Promise<void> {
  const [warmup, steps] = [count('warmup', flags.warmup, 0), count('steps', flags.steps)]
  for (let i = 0; i < warmup; i++) await work()
  const setUp = peakBytes()
  resetPeak()
  let done = 0
  for await (const line of createInterface({input: stdin})) {
    const word = line.trim()
    if (word === 'quit') break
    if (word !== 'go') throw new Fault('usage', `unknown word on stdin; known: go, quit: ${word}`)
    const before = cpuUsage()
    const report = await work()
    const {user, system} = cpuUsage(before)
    printJson({...report, cpuSeconds: (user + system) / 1e6})
    done++
    if (done === steps) break
  }
  stdin.destroy()
  const steadyPeakBytes = peakBytes()
  const memory = {peakBytes: Math.max(setUp, steadyPeakBytes), steadyPeakBytes, mappedBytes: statusBytes('RssFile')}
  const versions = {node: version, [engine.name]: engine.version}
  printJson({...about, engine: engine.name, threads: engine.threads, done, ...memory, versions})
}

const printJson = (value: unknown) => stdout.write(`${JSON.stringify(value)}\n`)

/** Peak resident memory, including mapped files. */
const peakBytes = () => statusBytes('VmHWM') ?? resourceUsage().maxRSS * 1024

/** Resets VmHWM, so that loading does not count as training. */
function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // if the system does not allow it, steadyPeakBytes includes the set-up
  }
}

/** Reads a line of Linux' /proc/self/status. */
function statusBytes(name: string): number | undefined {
  try {
    const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}
