import {z} from 'zod'
import {compact} from '../../base/collections.ts'
import {isInteger} from '../../base/json.ts'
import {atLeast} from '../../base/number-schemas.ts'
import {hashedUnless} from '../../base/run-identity.ts'
import {defineMethod, methodSchema} from '../method.ts'
import type {AdaptedModule} from '../plan.ts'
import {match, targets} from '../targets.ts'
import {buildSvft, rankConflicts, type SvftSettings} from './build.ts'

/**
 * SVFT, Lingam et al. 2024, equation 1. W′ = U (Σ + sigmoid(g) M) Vᵀ; U (out, n), Σ (n) and Vᵀ (n, in) are W's thin
 * singular value decomposition, frozen. M (n, n) has k trainable entries, at the positions of its pattern (section 3.1).
 * With the full basis U (out, out), Vᵀ (in, in) and M (out, in) can express every change of a W that is not square
 * (lemma b); singular vectors that no entry of M reads are left out, and a square W has both bases in one.
 */
export const svft = defineMethod({
  label: 'SVFT',
  look: {light: '#c94f00', dark: '#ff8a3c', shape: 'circle'},
  trains: 'adapters',
  schema: methodSchema('svft', 'W = U (Σ + M) Vᵀ, M sparse and trainable', {
    pattern: z
      .enum(['plain', 'banded', 'random', 'topk'])
      .describe(
        'which entries of M are trainable: the diagonal, a band, a random choice, or the best-aligned pairs of singular vectors',
      ),
    diagonals: atLeast(0)
      .default(0)
      .describe(
        'd: diagonals on each side of the main one; every pattern trains n(2d + 1) − d(d + 1) entries per weight',
      ),
    basis: hashedUnless(
      'thin',
      z
        .enum(['thin', 'full'])
        .default('thin')
        .describe('M is n × n between thin U and V (the code, and every printed count), or out × in (the paper)'),
    ),
    rank: atLeast(1).optional().describe('r: keep only the first r singular vectors of W (Table 10); default: all'),
    gate: z.boolean().describe('multiply M by sigmoid(g), g trainable: in the code, not in the paper'),
    init: z.enum(['kaiming', 'zeros']).describe('initial value of M; with zeros, W starts unchanged'),
    sampling: z
      .enum(['replacement', 'distinct'])
      .describe('pattern random: positions may repeat (the code) or not (the paper)'),
    topk: z
      .enum(['code', 'paper'])
      .describe('pattern topk: alignment of rows of U with V (the code) or of columns (the paper)'),
    targets,
    match,
  }),
  build: buildSvft,
  settingsText({pattern, diagonals, basis, rank, gate, init}) {
    return compact([
      pattern,
      pattern !== 'plain' && `d=${diagonals}`,
      basis !== 'thin' && basis,
      rank !== undefined && `r=${rank}`,
      !gate && 'no gate',
      init !== 'kaiming' && init,
    ]).join(' ')
  },
  factorizes: true,
  counted: {pattern: 'plain', gate: false},
  *rules({pattern, diagonals = 0, rank, basis}) {
    yield* rankConflicts({pattern, basis, rank})
    if (!isInteger(diagonals)) return
    const key = 'diagonals'
    if (pattern === 'plain' && diagonals !== 0) {
      const message = `pattern plain has the main diagonal only; write diagonals: 0, or pattern: banded, not ${diagonals}`
      yield {key, message}
    }
    if (pattern === 'banded' && diagonals === 0) {
      yield {key, message: 'pattern banded needs diagonals of at least 1; with 0 it is pattern plain'}
    }
    if (isInteger(rank) && rank >= 1 && diagonals >= rank && pattern !== 'topk' && basis !== 'full') {
      yield {key, message: `adapter.diagonals must be below adapter.rank, which is ${rank}: ${diagonals}`}
    }
  },
  warnings: oversized,
  peft: {
    type: 'SVFT',
    ours: true,
    tensors: {
      u: 'svft_u',
      s_pre: 'svft_s_pre',
      v: 'svft_v',
      s_row: 'svft_s_row',
      s_col: 'svft_s_col',
      s: 'svft_s',
      gate: 'svft_gate',
    },
    write: ({method: _, targets: __, match: ___, ...svft}) => ({svft}),
    read: ({svft}) => ({...z.record(z.string(), z.unknown()).safeParse(svft).data, method: 'svft'}),
  },
})

/** Warns of a rank and of diagonals that are larger than every weight, with the first such weight. */
function oversized(
  {pattern, diagonals = 0, basis, rank = Number.POSITIVE_INFINITY}: SvftSettings,
  modules: readonly AdaptedModule[],
): readonly string[] {
  const sizes = modules.map(({path, weight}) => {
    const [least, most] = weight.toSorted((a, b) => a - b)
    return {of: `${path} (${weight.join(' × ')})`, least, most, side: basis === 'full' ? most : Math.min(rank, least)}
  })
  const [first] = sizes
  const whole = pattern === 'banded' ? sizes.find(({side}) => diagonals >= side) : undefined
  return [
    ...(first && rank < Number.POSITIVE_INFINITY && sizes.every(({least}) => rank >= least)
      ? [`adapter.rank: ${rank} truncates nothing, no weight has more singular values; ${first.of} has ${first.least}`]
      : []),
    ...(whole
      ? [`adapter.diagonals: ${diagonals} is all of M for ${whole.of}, where the last diagonal is ${whole.side - 1}`]
      : []),
  ]
}
