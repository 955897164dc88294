import {readFileSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {resourceUsage, stdin, stdout, version} from 'node:process'
import {createInterface} from 'node:readline'
import {Fault} from '../../src/base/fault.ts'

/** What a unit of work answers. */
export type Answer = Readonly<Record<string, number | string>>

export interface ServeOptions {
  /** Untimed units before the first `go`. */
  readonly warmup: number
  /** End after so many units, not only at `quit`. */
  readonly steps?: number | undefined
  /** What the last line says beside the memory. */
  readonly about: Readonly<Record<string, unknown>>
}

/**
 * A contender of a timed comparison: it works only when a line on stdin says so, by the protocol of peer/server.py. `go`
 * is answered by one JSON line about one unit of work; `quit`, the end of stdin, or the number of units asked for by a
 * last line. Its memory: `peakBytes` in the whole life, `steadyPeakBytes` since the warm-up ended, `mappedBytes` in pages
 * of files at the end. Nothing else goes to stdout.
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

/** The most memory that was resident at once, pages of files included. */
const peakBytes = () => statusBytes('VmHWM') ?? resourceUsage().maxRSS * 1024

/** Lets VmHWM start anew, so that loading does not count as training. */
function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // where the system has no such file, or forbids it, steadyPeakBytes counts the set-up too
  }
}

/** A line of Linux' /proc/self/status. */
function statusBytes(name: string): number | undefined {
  try {
    const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}
