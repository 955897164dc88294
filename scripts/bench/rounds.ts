import {stderr} from 'node:process'
import {type Contender, type Running, start, type Unit} from './contender.ts'
import {waitForQuiet} from './load.ts'

export interface RoundOptions {
  readonly rounds: number
  /** Maximum seconds to wait for a quiet machine in each round, shared evenly among the contenders. */
  readonly patience: number
  /** Receives progress messages; default: stderr. */
  readonly log?: (line: string) => void
}

/** The measurements of one contender. */
export interface Outcome {
  readonly name: string
  /** The timed units, one per round. */
  readonly units: readonly Unit[]
  /** Its last line: settings and memory. */
  readonly about: Readonly<Record<string, unknown>>
}

/**
 * Runs the contenders in turns, one unit each per round, because the speed of a machine drifts by more than the differences
 * to measure. The last unit of a contender's warm-up does not count, and only one contender works at a time.
 */
export async function interleave(
  contenders: readonly Contender[],
  {rounds, patience, log = line => void stderr.write(`${line}\n`)}: RoundOptions,
): Promise<Outcome[]> {
  const running: Running[] = []
  try {
    for (const contender of contenders) {
      log(`${contender.name}: warming up`)
      const started = start(contender)
      running.push(started)
      await started.go()
    }
    const units: Unit[][] = running.map(() => [])
    for (let round = 1; round <= rounds; round++) {
      for (const [i, contender] of running.entries()) {
        await waitForQuiet(patience / running.length)
        const unit = await contender.go()
        units[i].push(unit)
        log(`round ${round} of ${rounds}: ${contender.name}: ${unit.seconds.toFixed(3)} s, ${load(unit)}`)
      }
    }
    const outcomes: Outcome[] = []
    for (const [i, contender] of running.entries()) {
      outcomes.push({name: contender.name, units: units[i], about: await contender.quit()})
    }
    return outcomes
  } finally {
    for (const contender of running) contender.kill()
  }
}

/** Returns the unit with the smallest `field` (for times) or the largest (for rates). */
export function best({units}: Outcome, field = 'seconds', which: 'least' | 'most' = 'least'): Unit {
  const sign = which === 'least' ? 1 : -1
  return units.reduce((a, b) => (sign * (Number(b[field]) - Number(a[field])) < 0 ? b : a))
}

/** Returns the share of the machine that other processes used during a unit. */
export const load = ({foreign}: Unit) =>
  foreign === undefined ? 'load unknown' : `${(100 * foreign).toFixed(0)} % of the machine taken by others`
