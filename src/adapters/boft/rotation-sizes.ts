import {Fault} from '../../base/fault.ts'
import {LARGEST_CONSTANT} from '../../engine/program.ts'
import type {WeightShape} from '../adapter.ts'
import {type Butterfly, factorEntries} from './butterfly.ts'

export interface BoftSettings {
  /** The size of a block. */
  readonly b: number
  /** The number of a factor's blocks, like PEFT's boft_block_num; it overrides b, which then follows from a weight's width. */
  readonly blocks?: number
  /** The number of butterfly factors. */
  readonly m?: number
  /** Overrides m with 1, as PEFT does where its CUDA extension cannot be built. */
  readonly fallback?: boolean
  /** The layer's own bias trains too. */
  readonly bias?: boolean
  /** The side of the weight that R rotates: its inputs, as in PEFT, or its outputs. */
  readonly side?: 'input' | 'output'
}

/** The number of butterfly factors that are trained. */
export const factorCount = ({m = 1, fallback = false}: BoftSettings): number => (fallback ? 1 : m)

/**
 * Returns n, the size of a weight's R, and b, that of its blocks.
 *
 * @throws Fault if no butterfly factors of these sizes exist
 */
export function rotationSizes(
  [out, into]: WeightShape,
  settings: BoftSettings,
): {readonly n: number; readonly b: number} {
  const {blocks, side = 'input'} = settings
  const n = side === 'input' ? into : out
  const b = blocks === undefined ? settings.b : n / blocks
  if (!Number.isInteger(b)) {
    throw new Fault('input', `boft_block_num must divide the weight's ${n} ${side}s: ${blocks}`)
  }
  checkFactors({n, b, m: factorCount(settings), side}, blocks)
  return {n, b}
}

/** Checks that butterfly factors exist, and fit in a step. */
function checkFactors(butterfly: SidedButterfly, blocks: number | undefined): void {
  checkDivisors(butterfly)
  const {n, b, m, side} = butterfly
  const entries = factorEntries(butterfly)
  if (entries <= LARGEST_CONSTANT) return
  const problem = `R's factors would have ${entries} entries in dense blocks, and at most ${LARGEST_CONSTANT} fit`
  if (blocks !== undefined) {
    throw new Fault(
      'input',
      `boft_block_num is too small for the weight's ${n} ${side}s: ${blocks}; ${problem}; merge the adapter with PEFT`,
    )
  }
  const [key, value, given, lower] =
    m === 1 ? ['b', b, '', 'adapter.b'] : ['m', m, ` with b: ${b}`, 'adapter.m or adapter.b']
  throw new Fault(
    'recipe',
    `adapter.${key} is too large for the weight's ${n} ${side}s${given}: ${value}; ${problem}; lower ${lower}`,
    {at: ['adapter', key]},
  )
}

type SidedButterfly = Butterfly & Required<Pick<BoftSettings, 'side'>>

function checkDivisors({n, b, m, side}: SidedButterfly): void {
  const where = `the weight's ${n} ${side}s`
  if (n % b !== 0) throw new Fault('recipe', `adapter.b must divide ${where}${nearbySizes({n, b})}: ${b}`, AT_B)
  if (m === 1) return
  if (b % 2 !== 0) {
    const sizes = nearbySizes({n, b, divisor: 2})
    throw new Fault('recipe', `adapter.b must be even where adapter.m is above 1${sizes}: ${b}`, AT_B)
  }
  if (n % (b * 2 ** (m - 1)) !== 0) {
    let most = 1
    while (n % (b * 2 ** most) === 0) most++
    throw new Fault(
      'recipe',
      `adapter.b · 2^(m − 1) must divide ${where}: with b: ${b}, m can be at most ${most}, not ${m}`,
      {at: ['adapter', 'm']},
    )
  }
}

const AT_B = {at: ['adapter', 'b']}

/** Lists the sizes of blocks nearest to b, below and above, that divide n and are multiples of `divisor`: `, like 4 or 8`. */
function nearbySizes({n, b, divisor = 1}: {readonly n: number; readonly b: number; readonly divisor?: number}): string {
  const sizes = Array.from({length: n}, (_, i) => i + 1).filter(size => n % size === 0 && size % divisor === 0)
  const near = [sizes.findLast(size => size < b), sizes.find(size => size > b)].filter(size => size !== undefined)
  return near.length === 0 ? '' : `, like ${near.join(' or ')}`
}
