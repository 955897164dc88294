import {difference, processorOf, type RunFacts} from './facts.ts'
import type {ReferenceCell, ReferenceSeed} from './reference.ts'

export type Gate = 'exact' | 'numeric' | 'statistical'

/** What one run alone can be held to. */
export interface RunVerdict {
  readonly seed: number
  readonly folder: string
  readonly seconds: number
  /** `statistical`: nothing but its scores can be compared, together with those of other seeds. */
  readonly gate: Gate
  readonly passed: boolean
  /** Why this gate and no stronger one, and what it found. */
  readonly says: string
  /** A gate that had no authority found something. */
  readonly warning?: string
}

/** Holds a run to the strongest gate that it can be held to. The same bits pass, wherever they were computed. */
export function judgeRun(run: RunFacts, cell: ReferenceCell): RunVerdict {
  const {row, folder, trained, surroundings} = run
  const told = {seed: row.seed, folder, seconds: row.seconds}
  const weaker = (says: string): RunVerdict => ({...told, gate: 'statistical', passed: true, says})
  const seed = cell.seeds.find(one => one.seed === row.seed)
  if (!seed) {
    const drawn = cell.drawsData ? ', with data that it draws itself' : ''
    return weaker(`a seed that the reference does not have${drawn}`)
  }
  if (!trained) return weaker('its checkpoints are gone, so that losses and trained parameters cannot be compared')
  const elsewhere = difference(surroundings, cell.surroundings)
  const bits = exact(run, seed, cell)
  if (elsewhere === undefined) return {...told, gate: 'exact', ...bits}
  if (bits.passed) return {...told, gate: 'exact', passed: true, says: `${elsewhere}; all the same, ${bits.says}`}
  const {envelope} = cell
  if (!envelope)
    return weaker(`other surroundings (${elsewhere}), and the reference has measured no envelope for these`)
  const left = leaves(run, seed, cell)
  if (left === undefined) {
    return {
      ...told,
      gate: 'numeric',
      passed: true,
      says: `${elsewhere}: losses within the envelope at ${cell.steps.length} steps`,
    }
  }
  const here = processorOf(surroundings)
  if (envelope.processors.includes(here) || envelope.processors.length > 1) {
    return {...told, gate: 'numeric', passed: false, says: `${elsewhere}: ${left}`}
  }
  const warning = `${left}; but the envelope was measured on ${envelope.processors.join(', ')} alone, not on ${here}`
  return {...weaker(`other surroundings (${elsewhere}), of which the envelope tells nothing`), warning}
}

function exact(
  {row, trained}: RunFacts,
  seed: ReferenceSeed,
  cell: ReferenceCell,
): Pick<RunVerdict, 'passed' | 'says'> {
  const {losses, lossHash, trainedHash, frozenHash} = trained!
  const wrong: string[] = []
  if (lossHash !== seed.lossHash) {
    const i = cell.steps.findIndex((step, i) => !(rounded(losses[step - 1]) === seed.losses[i]))
    const where =
      i < 0
        ? 'between the steps that are kept'
        : `by step ${cell.steps[i]}: ${losses[cell.steps[i] - 1]}, not ${seed.losses[i]}`
    wrong.push(`losses differ ${where}`)
  }
  if (trainedHash !== seed.trainedHash) wrong.push('trained parameters differ')
  if (frozenHash !== seed.frozenHash) wrong.push('so do the frozen ones beside them, from which training starts')
  for (const [column, score] of Object.entries(seed.scores)) {
    const ours = row.scores[column]?.score
    if (ours !== score) wrong.push(`${column} ${ours}, not ${score}`)
  }
  if (wrong.length > 0) return {passed: false, says: wrong.join('; ')}
  return {passed: true, says: 'losses, trained parameters and scores are the same, bit for bit'}
}

/** Where losses leave the envelope first, in words; undefined where they stay within. */
function leaves(
  {trained}: RunFacts,
  seed: ReferenceSeed,
  {steps, trainedSteps, envelope}: ReferenceCell,
): string | undefined {
  const {losses} = trained!
  if (losses.length !== trainedSteps) return `${losses.length} steps, not ${trainedSteps}`
  for (const [i, step] of steps.entries()) {
    const away = Math.abs(losses[step - 1] - seed.losses[i])
    const bound = envelope!.bounds[i]
    if (!(away <= bound)) {
      return `losses leave the envelope at step ${step}: ${losses[step - 1]}, ${away.toExponential(1)} from ${seed.losses[i]}, at most ${bound.toExponential(1)}`
    }
  }
  return undefined
}

/** As the reference keeps losses. */
const rounded = (loss: number) => Number(loss.toPrecision(9))
