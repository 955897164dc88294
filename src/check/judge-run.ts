import {escapeLine} from '../base/printable.ts'
import {processorOf} from '../recipes/environment.ts'
import type {Row} from '../results/row.ts'
import {environmentDifference} from './environment.ts'
import {type ReferenceCell, type ReferenceSeed, storedLoss} from './reference-file.ts'
import type {RunFacts, TrainedState} from './run-facts.ts'

export type Gate = 'exact' | 'numeric' | 'statistical'

/** The verdict on one run by itself. */
export interface RunVerdict {
  readonly seed: number
  readonly folder: string
  readonly seconds: number
  /** `statistical`: only its scores can be compared, together with those of other seeds. */
  readonly gate: Gate
  readonly passed: boolean
  /** Why this gate was applied and no stricter one, and what it found. */
  readonly message: string
  /** A difference that does not fail the run. */
  readonly warning?: string
}

type GateVerdict = Pick<RunVerdict, 'gate' | 'passed' | 'message' | 'warning'>

/** Applies the strictest gate that a run allows. Equal bits pass the exact gate in any environment. */
export function judgeRun(run: RunFacts, cell: ReferenceCell): RunVerdict {
  const {seed, seconds} = run.row
  return {seed, folder: run.folder, seconds, ...judgeByGate(run, cell)}
}

function judgeByGate({row, trained, environment, mixed}: RunFacts, cell: ReferenceCell): GateVerdict {
  const seed = cell.seeds.find(one => one.seed === row.seed)
  const unscored = Object.keys(cell.columns).find(column => !Object.hasOwn(row.scores, column))
  if (unscored !== undefined) {
    const found = Object.keys(row.scores).map(column => escapeLine(column, 60))
    return differing(`no score "${escapeLine(unscored, 60)}"; found: ${found.join(', ') || 'none'}`)
  }
  if (!seed) return byScores(`the reference lacks this seed${cell.drawsData ? ', which draws data of its own' : ''}`)
  if (!trained) return byScores('checkpoints are gone, so losses and trained parameters cannot be compared')
  const difference = mixed ?? environmentDifference(environment, cell.surroundings)
  const compared = {trained, seed, cell}
  const wrong = bitDifferences(row, compared)
  if (wrong.length === 0) {
    const same = 'losses, trained parameters and scores are equal, bit for bit'
    const message = difference === undefined ? same : `${difference}; still, ${same}`
    return {gate: 'exact', passed: true, message}
  }
  if (difference === undefined) return differing(wrong.join('; '))
  return judgeElsewhere(compared, {difference, environment, isMixed: mixed !== undefined})
}

interface OtherEnvironment {
  /** How it differs from that of the reference. */
  readonly difference: string
  readonly environment: RunFacts['environment']
  /** Whether the run went on in several environments. */
  readonly isMixed: boolean
}

/** Judges a run in another environment by the envelope of losses, if that was measured on such a processor. */
function judgeElsewhere(compared: SeedComparison, {difference, environment, isMixed}: OtherEnvironment): GateVerdict {
  const {envelope, steps} = compared.cell
  if (!envelope) return byScores(`another environment (${difference}), for which the reference has no envelope`)
  const outside = envelopeViolation(compared, envelope.bounds)
  if (outside === undefined) {
    const message = `${difference}: losses within the envelope at ${steps.length} steps`
    return {gate: 'numeric', passed: true, message}
  }
  const here = processorOf(environment)
  const isCovered = !isMixed && envelope.processors.includes(here)
  if (isCovered || envelope.processors.length > 1)
    return {gate: 'numeric', passed: false, message: `${difference}: ${outside}`}
  const warning = `${outside}; but the envelope was measured only on ${envelope.processors.join(', ')}, not on ${here}`
  return {...byScores(`another environment (${difference}), which the envelope does not cover`), warning}
}

const differing = (message: string): GateVerdict => ({gate: 'exact', passed: false, message})
const byScores = (message: string): GateVerdict => ({gate: 'statistical', passed: true, message})

interface SeedComparison {
  readonly trained: TrainedState
  readonly seed: ReferenceSeed
  readonly cell: ReferenceCell
}

/** Describes what is not equal bit for bit. */
function bitDifferences(row: Row, {trained, seed, cell}: SeedComparison): string[] {
  const wrong: string[] = []
  const otherSteps = stepsDifference(trained, cell)
  if (otherSteps !== undefined) wrong.push(otherSteps)
  else if (trained.lossHash !== seed.lossHash) wrong.push(`losses differ ${firstDifference(trained, seed, cell)}`)
  if (trained.trainedHash !== seed.trainedHash) wrong.push('trained parameters differ')
  if (trained.frozenHash !== seed.frozenHash) wrong.push('frozen parameters, from which training starts, differ')
  for (const [column, score] of Object.entries(seed.scores)) {
    const found = row.scores[column]?.score
    if (found !== score) wrong.push(`${column} ${found}, not ${score}`)
  }
  return wrong
}

const stepsDifference = ({losses}: Pick<TrainedState, 'losses'>, {trainedSteps}: ReferenceCell): string | undefined =>
  losses.length === trainedSteps ? undefined : `${losses.length} steps, not ${trainedSteps}`

function firstDifference({losses}: TrainedState, seed: ReferenceSeed, {steps}: ReferenceCell): string {
  const i = steps.findIndex((step, i) => storedLoss(losses[step - 1]) !== seed.losses[i])
  if (i < 0) return 'between the steps that the reference stores'
  return `by step ${steps[i]}: ${losses[steps[i] - 1]}, not ${seed.losses[i]}`
}

/** Describes where losses leave the envelope first. Returns undefined if they stay within. */
function envelopeViolation(
  {trained: {losses}, seed, cell}: SeedComparison,
  bounds: readonly number[],
): string | undefined {
  const otherSteps = stepsDifference({losses}, cell)
  if (otherSteps !== undefined) return otherSteps
  for (const [i, step] of cell.steps.entries()) {
    const [loss, expected] = [losses[step - 1], seed.losses[i]]
    const difference = Math.abs(loss - expected)
    if (!(difference <= bounds[i]))
      return `losses leave the envelope at step ${step}: ${loss}, ${difference.toExponential(1)} from ${expected}; allowed: ${bounds[i].toExponential(1)}`
  }
  return undefined
}
