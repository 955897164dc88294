import {readFileSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {resourceUsage, stdin, stdout, version} from 'node:process'
import {createInterface} from 'node:readline'
import {Fault} from '../../src/base/fault.ts'

/** The numbers that a unit of work reports. */
export type Answer = Readonly<Record<string, number | string>>

export interface ServeOptions {
  /** Untimed units before the first `go`. */
  readonly warmup: number
  /** Stop after this many units, not only at `quit`. */
  readonly steps?: number | undefined
  /** Fields of the last line besides the memory. */
  readonly about: Readonly<Record<string, unknown>>
}

/**
 * Serves a contender of a timed comparison, with the protocol of peer/server.py: it works only when stdin requests it. `go`
 * runs one unit of work and prints one JSON line. `quit`, the end of stdin, or the requested number of units print a last
 * line. Its memory: `peakBytes` over the whole run, `steadyPeakBytes` since the end of the warm-up, `mappedBytes` in mapped
 * files at the end. Nothing else goes to stdout.
 */
export async function serve(work: () => Promise<Answer>, {warmup, steps, about}: ServeOptions): Promise<void> {
  for (let i = 0; i < warmup; i++) await work()
  const setUp = peakBytes()
  resetPeak()
  let done = 0
  for await (const line of createInterface({input: stdin})) {
    const word = line.trim()
    if (word === 'quit') break
    if (word !== 'go') throw new Fault('usage', `unknown word on stdin; known: go, quit: ${word}`)
    say(await work())
    done++
    if (done === steps) break
  }
  stdin.destroy()
  const steadyPeakBytes = peakBytes()
  const memory = {peakBytes: Math.max(setUp, steadyPeakBytes), steadyPeakBytes, mappedBytes: statusBytes('RssFile')}
  const onnxruntime = createRequire(import.meta.url)('onnxruntime-node/package.json').version
  say({...about, done, ...memory, versions: {node: version, onnxruntime}})
}

const say = (value: unknown) => stdout.write(`${JSON.stringify(value)}\n`)

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
