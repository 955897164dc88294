import {METHODS} from '../../adapters/index.ts'
import {modulesNamed} from '../modules.ts'
import type {PaperRow} from '../rows.ts'
import type {CountedMethod, Counter} from './counts.ts'

/** One way to understand a row, with the count that it gives. */
export interface RowReading {
  readonly count: number
  /** `reproduced`: stated by the paper or the code, or a choice where both are silent. */
  readonly verdict: 'reproduced' | 'convention'
  readonly says: string
  /** Whether the label leaves settings open, which were found by trying. */
  readonly open?: boolean
}

/** Sets of modules that appear in the paper (captions, appendix C.5, figure 4) or in the code (for vision and BOFT). */
const SETS = ['QV', 'QKV', 'UD', 'GU', 'QKVO', 'UDOG', 'QKVUD', 'QKVOUD', 'QKVUDOG']

/** The modules if neither source names them: all linear layers, or those of one shape, as VeRA in PEFT needed in 2024. */
const SILENT = ['QKVOUD', 'QKVO']

/** The ways to understand a row: first those that the sources state, then conventions that neither of them states. */
export function* readings(row: PaperRow, counter: Counter): Iterable<RowReading> {
  if (row.method.method === 'full') return yield* wholeModel(row, counter)
  for (const method of spelledOut(row.method)) yield* documented(row, method, counter)
  for (const method of spelledOut(row.method)) yield* conventions(row, method, counter)
}

function* wholeModel({model}: PaperRow, counter: Counter): Iterable<RowReading> {
  yield {count: counter.whole(model), verdict: 'reproduced', says: 'all parameters but a classifier'}
  yield {
    count: counter.whole(model, {embeddings: false}),
    verdict: 'convention',
    says: 'without embeddings and output projection, as the Pythia suite counts',
  }
}

/** The methods that a label may stand for: open settings take every value that the paper has elsewhere. */
function spelledOut(method: CountedMethod): readonly CountedMethod[] {
  const {method: name, pattern, diagonals, rank} = method
  if (name === 'svft' && pattern !== 'plain' && diagonals === undefined) {
    return [1, 2, 4, 8, 12, 16].map(d => ({...method, pattern: pattern ?? 'random', diagonals: d}))
  }
  if ((name === 'lora' || name === 'dora') && rank === undefined) {
    return [1, 2, 4, 8, 16, 32].map(r => ({...method, rank: r}))
  }
  return [method]
}

function* documented(row: PaperRow, method: CountedMethod, counter: Counter): Iterable<RowReading> {
  const {paper, 'official-code': code} = modulesNamed(counter.modelType(row.model), method)
  const sets: (readonly [letters: string, whose: string])[] = [
    ...(paper ? [[paper, 'as the paper says'] as const] : []),
    ...(code && code !== paper ? [[code, 'as the official code says'] as const] : []),
    ...(paper || code ? [] : SILENT.map(letters => [letters, 'where the paper names no modules'] as const)),
  ]
  for (const [letters, whose] of sets) {
    const says = `${shown(letters)} ${whose}`
    yield* counted({row, counter, letters, says, verdict: 'reproduced'}, method)
    if (method.method === 'svft') {
      const gated = `${says}, with the gates of the official code`
      yield* counted({row, counter, letters, says: gated, verdict: 'reproduced'}, {...method, gate: true})
    }
    if (method.method === 'boft' && method.prior) {
      const free = `${says}, with the b(b − 1)/2 free entries of a block, as earlier work counts`
      yield* counted({row, counter, letters, says: free, verdict: 'reproduced'}, {...method, free: true})
    }
  }
}

function* conventions(row: PaperRow, method: CountedMethod, counter: Counter): Iterable<RowReading> {
  const {paper, 'official-code': code} = modulesNamed(counter.modelType(row.model), method)
  const letters = paper ?? code ?? SILENT[0]
  const also = {row, counter, verdict: 'convention'} as const
  if (method.method === 'boft' && method.m !== 1) {
    const says = `${shown(letters)} with m=1, PEFT's fallback where its CUDA extension cannot be built`
    yield* counted({...also, letters, says}, {...method, m: 1})
  }
  if (method.method === 'lora' || method.method === 'dora') {
    const other = method.method === 'lora' ? 'dora' : 'lora'
    const says = `${shown(letters)} as ${METHODS[other].label} of the same rank, by a wrong label`
    yield* counted({...also, letters, says}, {...method, method: other})
  }
  for (const set of SETS) {
    if (set === paper || set === code) continue
    yield* counted({...also, letters: set, says: `${shown(set)} adapted`}, method)
  }
}

interface Way extends Omit<RowReading, 'count'> {
  readonly row: PaperRow
  readonly counter: Counter
  readonly letters: string
}

function* counted({row, counter, letters, says, verdict}: Way, method: CountedMethod): Iterable<RowReading> {
  const count = counter.adapter(row.model, method, letters)
  const filledIn = unprinted(row, method)
  if (count !== undefined) yield {count, verdict, says: `${says}${filledIn}`, open: filledIn !== ''}
}

/** The setting that was filled in, for the reason of a verdict. */
function unprinted({method: printed}: PaperRow, {rank, diagonals}: CountedMethod): string {
  if (rank !== printed.rank) return `, with r=${rank}, which is not printed`
  return diagonals !== printed.diagonals ? `, with d=${diagonals}, which is not printed` : ''
}

const shown = (letters: string) => `{${[...letters].join(',')}}`
