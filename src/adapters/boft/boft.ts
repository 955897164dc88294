import {z} from 'zod'
import {compact} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {isCount} from '../../base/json.ts'
import {atLeast, share} from '../../base/number-schemas.ts'
import {quote} from '../../base/printable.ts'
import type {Named} from '../../engine/program.ts'
import {defineMethod, methodSchema, refuseTransposed} from '../method.ts'
import {match, targets} from '../targets.ts'
import {buildBoft} from './build.ts'

/**
 * BOFT, Liu et al. 2023. W′ = diag(s) W Rᵀ; R = B₍m₋₁₎ … B₀ (in, in) is a product of m butterfly factors of rotations
 * b × b, each the Cayley transform of a trainable block, from 0; s (out), from 1, trains too. W′ starts as W. On the
 * output side, W′ = diag(s) R W. Multiplicative dropout makes a share of the blocks of one factor the identity.
 */
export const boft = defineMethod({
  label: 'BOFT',
  look: {light: '#b3558a', dark: '#ee9fcd', shape: 'triangle-down'},
  trains: 'adapters',
  schema: methodSchema(
    'boft',
    'diag(s) W Rᵀ, R a product of m butterfly factors of rotations b × b; s and the rotations are trainable',
    {
      b: atLeast(1).describe("size of a rotation; divides the weight's inputs"),
      m: z.int().min(1).max(32).default(1).describe("butterfly factors of R; b 2^(m − 1) divides the weight's inputs"),
      fallback: z
        .boolean()
        .default(false)
        .describe('use one factor whatever m is, as PEFT does without its CUDA extension'),
      bias: z.boolean().default(true).describe("train the targets' own biases too (boft_only in PEFT)"),
      side: z
        .enum(['input', 'output'])
        .describe('side of W that R rotates: its inputs (PEFT) or its outputs (R W, as the SVFT paper writes it)'),
      dropout: share.default(0).describe('share of the rotations of one factor that are left out of each step'),
      targets,
      match,
    },
  ),
  build: buildBoft,
  settingsText({b, m, fallback, bias, side}) {
    return compact([`b=${b} m=${fallback ? 1 : m}`, !bias && 'no bias', side !== 'input' && side]).join(' ')
  },
  counted: {b: 1, m: 1},
  *rules({b, m = 1, fallback}) {
    if (isCount(b) && isCount(m) && b >= 1 && m > 1 && fallback !== true && b % 2 !== 0) {
      yield {key: 'b', message: `adapter.b must be even where adapter.m is above 1, like ${b + 1}: ${b}`}
    }
  },
  profileWarnings({m, fallback}, {profile, decides}) {
    if (m === 1 || !fallback || !decides('fallback')) return []
    return [
      `adapter.m: ${m} factors are set and 1 is trained, as in PEFT without its CUDA extension ` +
        `(profile ${profile}, svft conflicts 9); set adapter.fallback: false to train ${m}, or true to confirm 1`,
    ]
  },
  peft: {
    type: 'BOFT',
    tensors: {boft_R: 'boft_R', boft_s: 'boft_s'},
    keys: {b: 'boft_block_size', m: 'boft_n_butterfly_factor', dropout: 'boft_dropout'},
    write({b, side, dropout}, {modules}) {
      if (side !== 'input') throw new Fault('usage', 'PEFT’s BOFT cannot rotate outputs; use svft merge')
      refuseTransposed('BOFT', modules)
      const shapes = modules.map(({trainable}) => trainable.boft_R.shape)
      const [m, count] = shapes[0]
      const isOneSize = shapes.every(([, , size]) => size === b)
      return {
        boft_block_size: isOneSize ? b : 0,
        boft_block_num: isOneSize ? 0 : count,
        boft_n_butterfly_factor: m,
        boft_dropout: dropout,
        fan_in_fan_out: false,
        init_weights: true,
      }
    },
    /** Reads b and m from the tensors, because PEFT trains one factor, whatever m is, if it has no CUDA extension. */
    read({boft_block_size, boft_n_butterfly_factor, boft_dropout: dropout = 0, bias}, tensors) {
      const [m = boft_n_butterfly_factor, , b = boft_block_size] =
        tensors.find(({name}) => name === 'boft_R')?.shape ?? []
      return {method: 'boft', b, m, dropout, bias: bias === 'boft_only', side: 'input', fallback: false}
    },
    extra: json => ({blocks: readBlocks(json)}),
  },
})

/** Reads the number of blocks, if the config gives it instead of their size. */
function readBlocks({boft_block_size: size = 4, boft_block_num: count = 0}: Named<unknown>): number | undefined {
  if (!isCount(size) || !isCount(count) || (size === 0) === (count === 0)) {
    const found = `${quote(size)} and ${quote(count)}`
    throw new Fault('input', `boft_block_size and boft_block_num: one must be above 0 and the other 0, not ${found}`)
  }
  return count === 0 ? undefined : count
}
