import type {PaperVersion} from '../rows.ts'

/** The printed values of a version's rows, by cells without the letter of the version: `1.g2.fft` for `t1.g2.fft` and `n1.g2.fft`. */
export interface PrintedValues {
  readonly version: PaperVersion
  score(cell: string, column: string): number
  /** The difference of two cells in a column, which may be an average or a gain. */
  difference(cells: readonly [string, string], column: string): ScoreDifference
  /** The printed #Params as a number. */
  params(cell: string): number
  /** The exact count by what the paper states of the row. */
  exact(cell: string): number
  /** The printed GPU memory in GB. */
  memory(cell: string): number
}

/** A difference of two printed scores, with its margin of sampling error: 1.96 standard errors of independent test scores. */
export interface ScoreDifference {
  readonly points: number
  readonly margin: number
}

/** A number of the prose beside the same number recomputed from the tables. */
export interface ClaimPart {
  /** What is computed: `GSM-8K, SVFT random d=16 of full fine-tuning`. */
  readonly of: string
  readonly printed: string
  /** The recomputed value, with its unit; absent if the version prints nothing to compute it from. */
  readonly computed?: string
  readonly holds?: boolean
}

/** `DoRA r=16, GSM-8K: claimed 85 %, computed 84.02 %`. */
export const claimPartText = ({of, printed, computed}: ClaimPart): string =>
  `${of}: claimed ${printed}${computed === undefined ? '' : `, computed ${computed}`}`

export interface Claim {
  readonly id: string
  /** The sections and captions that print it. */
  readonly where: string
  readonly text: string
  /** The version that makes the claim; absent if both do. */
  readonly version?: PaperVersion
  readonly parts: (values: PrintedValues) => readonly ClaimPart[]
}

/** A number that is printed with its unit: `96 %`, `1.9 times`. It holds if the value is rounded or truncated to it. */
export const equal = (of: string, printed: string, value: number): ClaimPart =>
  compare(of, printed, {value, offsets: [0, 0.5]})

/** A number that is printed as `about 1.2 times`. It holds if the value is rounded to it. */
export const about = (of: string, printed: string, value: number): ClaimPart =>
  compare(of, printed, {value, offsets: [0.5]})

function compare(
  of: string,
  printed: string,
  {value, offsets}: {value: number; offsets: readonly number[]},
): ClaimPart {
  const [, digits, unit] = /^([\d.]+)(.*)$/.exec(printed) ?? []
  const decimals = digits.split('.')[1]?.length ?? 0
  const scale = 10 ** decimals
  const units = Math.round(Number(digits) * scale)
  const holds = offsets.some(offset => Math.floor(value * scale + offset + 1e-9) === units) // 7 may be 6.9999999
  return {of, printed, computed: `${shown(value, decimals)}${unit}`, holds}
}

/** A ratio that is claimed as a lower bound: `at least 3 times`. */
export function atLeast(of: string, times: number, ratio: number): ClaimPart {
  return {of, printed: `at least ${times} times`, computed: `${shown(ratio, 0)} times`, holds: ratio >= times}
}

/** Scores of which the first is claimed to be higher. */
export const above = (of: string, difference: ScoreDifference): ClaimPart =>
  compareScores(of, difference, {printed: 'more', holds: difference.points > 0})

/** Scores of which the first is claimed to be lower. */
export const below = (of: string, difference: ScoreDifference): ClaimPart =>
  compareScores(of, difference, {printed: 'less', holds: difference.points < 0})

/** Scores that are claimed to be alike: they are unless they differ by more than sampling error. */
export const alike = (of: string, difference: ScoreDifference): ClaimPart =>
  compareScores(of, difference, {printed: 'alike', holds: Math.abs(difference.points) <= difference.margin})

/** Scores of which the first is claimed to match the second: it does unless it is below it by more than sampling error. */
export const matches = (of: string, difference: ScoreDifference): ClaimPart =>
  compareScores(of, difference, {printed: 'no less', holds: difference.points >= -difference.margin})

const compareScores = (
  of: string,
  {points, margin}: ScoreDifference,
  claim: Pick<ClaimPart, 'printed' | 'holds'>,
): ClaimPart => ({of, computed: `${signed(points, ' points')} (sampling error ±${margin.toFixed(2)})`, ...claim})

/** Memory of which the first is claimed to be less. */
export const lessMemory = (of: string, difference: number): ClaimPart => ({
  of,
  printed: 'less',
  computed: signed(difference, ' GB'),
  holds: difference < 0,
})

/** A number that no table of the version gives. */
export const notCheckable = (of: string, printed: string): ClaimPart => ({of, printed})

const signed = (value: number, unit: string) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}${unit}`

/** Two decimals more than the printed number has, but two at least. */
const shown = (value: number, decimals: number) => value.toFixed(Math.max(2, decimals + 1))
