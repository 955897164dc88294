import {stderr} from 'node:process'
import {type Contender, type Running, start, type Unit} from './contender.ts'
import {waitForQuiet} from './load.ts'

export interface RoundOptions {
  readonly rounds: number
  /** The most seconds to wait for a quiet machine before each unit. */
  readonly patience: number
  /** Hears what is happening; stderr if absent. */
  readonly tell?: (line: string) => void
}

/** What one contender did. */
export interface Outcome {
  readonly name: string
  /** The timed units, one a round. */
  readonly units: readonly Unit[]
  /** Its last line: settings and memory. */
  readonly about: Readonly<Record<string, unknown>>
}

/**
 * Lets contenders work in turns, one unit each, round after round: clock and neighbours of a machine drift by more than
 * the differences looked for. The unit that ends a contender's warm-up does not count; nobody works while another does.
 */
export async function interleave(
  contenders: readonly Contender[],
  {rounds, patience, tell = line => void stderr.write(`${line}\n`)}: RoundOptions,
): Promise<Outcome[]> {
  const running: Running[] = []
  try {
    for (const contender of contenders) {
      tell(`${contender.name}: warming up`)
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
        tell(`round ${round} of ${rounds}: ${contender.name}: ${unit.seconds.toFixed(3)} s, ${load(unit)}`)
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

/** The unit in which `number` was least, as seconds should be, or most, as rates should be. */
export function best({units}: Outcome, number = 'seconds', which: 'least' | 'most' = 'least'): Unit {
  const sign = which === 'least' ? 1 : -1
  return units.reduce((a, b) => (sign * (Number(b[number]) - Number(a[number])) < 0 ? b : a))
}

/** Other processes' share of the machine while a unit ran. */
export const load = ({foreign}: Unit) =>
  foreign === undefined ? 'load unknown' : `${(100 * foreign).toFixed(0)} % of the machine taken by others`
