import {METHODS} from '../../adapters/index.ts'
import {compact} from '../../base/collections.ts'
import {type ModuleLetters, modulesNamed} from '../modules.ts'
import {PAPER_MODELS, type PaperModel, type PaperRow} from '../rows.ts'
import type {CountedMethod, Counter} from './counts.ts'

/** One interpretation of a row, with the count that it gives. */
export interface CountInterpretation {
  readonly count: number
  /**
   * `reproduced`: stated by the paper or the code or, in the preprint, a choice if both are silent. The published version
   * lists modules (section 4.1), so modules that it does not name, and a label without any setting, make a convention.
   */
  readonly verdict: 'reproduced' | 'convention'
  readonly text: string
  /** Whether the label leaves a setting open, whose value was found by trying. */
  readonly open?: boolean
}

/** An interpretation before its parameters are counted: the modules, and how the method's settings change. */
interface Candidate {
  readonly letters: string
  readonly text: string
  readonly changes?: Partial<CountedMethod>
  /** Whether neither source names the modules. */
  readonly silent?: boolean
}

interface CandidateContext {
  /** Whether the row itself states its modules. */
  readonly stated: boolean
  /** Whether the label leaves open a setting, which was filled in. */
  readonly open: boolean
}

/** Sets of modules that appear in the paper (captions, appendix C.5, figure 4) or in the code (for vision and BOFT). */
const SETS = ['QV', 'QKV', 'UD', 'GU', 'QKVO', 'UDOG', 'QKVUD', 'QKVOUD', 'QKVUDOG']

/** The modules if neither source names them: all linear layers, or those of one shape, as VeRA in PEFT needed in 2024. */
const SILENT = ['QKVOUD', 'QKVO']

/** The interpretations of a row: first those that the sources state, then conventions that neither of them states. */
export function* interpretations(row: PaperRow, counter: Counter): Iterable<CountInterpretation> {
  const {model, method: printed, version} = row
  const stated = row.modules !== undefined
  if (printed.method === 'full') return yield* wholeModel(model, counter)
  for (const [verdict, candidatesOf] of [['reproduced', documented] as const, ['convention', conventions] as const]) {
    for (const method of spelledOut(printed)) {
      const setting = unprintedSetting(printed, method)
      const named = modulesOf(row, method)
      for (const {letters, text, changes, silent} of candidatesOf(method, named, {stated, open: method !== printed})) {
        const count = counter.adapter(model, {...method, ...changes}, letters)
        const open = setting !== ''
        const chosen = version === 'neurips2024' && (silent || (open && printed.pattern === undefined))
        if (count !== undefined) yield {count, verdict: chosen ? 'convention' : verdict, text: text + setting, open}
      }
    }
  }
}

/** The modules that the sources name; those of the row itself come before those of the text. */
function modulesOf({model, version, modules}: PaperRow, method: CountedMethod): ModuleLetters {
  const named = modulesNamed(PAPER_MODELS[model].modelType, method, {version})
  return modules === undefined ? named : {...named, paper: modules}
}

function* wholeModel(model: PaperModel, counter: Counter): Iterable<CountInterpretation> {
  yield {count: counter.whole(model), verdict: 'reproduced', text: 'all parameters but a classifier'}
  yield {
    count: counter.whole(model, {embeddings: false}),
    verdict: 'convention',
    text: 'without embeddings and output projection, as the Pythia suite counts',
  }
}

/** The methods that a label may stand for: open settings take every value that appears elsewhere in the paper. */
function spelledOut(method: CountedMethod): readonly CountedMethod[] {
  const {method: name, pattern, diagonals, rank} = method
  if (name === 'svft' && pattern !== 'plain' && diagonals === undefined) {
    return [1, 2, 4, 8, 12, 16, 24].map(d => ({...method, pattern: pattern ?? 'random', diagonals: d}))
  }
  if ((name === 'lora' || name === 'dora') && rank === undefined) {
    return [1, 2, 4, 8, 16, 32].map(r => ({...method, rank: r}))
  }
  return [method]
}

function documented(
  method: CountedMethod,
  {paper, 'official-code': code}: ModuleLetters,
  {stated}: CandidateContext,
): Candidate[] {
  const sets: (readonly [letters: string, source: string])[] = [
    ...(paper ? [[paper, stated ? 'as the table says' : 'as the paper says'] as const] : []),
    ...(code && code !== paper ? [[code, 'as the official code says'] as const] : []),
    ...(paper || code ? [] : SILENT.map(letters => [letters, 'where the paper names no modules'] as const)),
  ]
  return sets.flatMap(([letters, source]) => {
    const text = `${shown(letters)} ${source}`
    const gated = `${text}, with the gates of the official code`
    const free = `${text}, with the b(b − 1)/2 free entries of a block, as earlier work counts`
    return compact<Candidate>([
      {letters, text, silent: !paper && !code},
      method.method === 'svft' && {letters, text: gated, changes: {gate: true}},
      method.method === 'boft' && method.prior && {letters, text: free, changes: {free: true}},
    ])
  })
}

/** The method whose label a row may bear by mistake; a label without a rank names no other method of the same rank. */
const OTHER_LABEL: Readonly<Partial<Record<CountedMethod['method'], 'lora' | 'dora'>>> = {lora: 'dora', dora: 'lora'}

function conventions(
  {method, m, prior}: CountedMethod,
  {paper, 'official-code': code}: ModuleLetters,
  {open}: CandidateContext,
): Candidate[] {
  const letters = paper ?? code ?? SILENT[0]
  const other = open ? undefined : OTHER_LABEL[method]
  const fallback = `${shown(letters)} with m=1, PEFT's fallback where its CUDA extension cannot be built`
  const sets = SETS.filter(set => set !== paper && set !== code)
  const mislabelled = other && `${shown(letters)} as ${METHODS[other].label} of the same rank, by a wrong label`
  return compact<Candidate>([
    method === 'boft' && m !== 1 && {letters, text: fallback, changes: {m: 1}},
    mislabelled !== undefined && {letters, text: mislabelled, changes: {method: other}},
    ...sets.map(letters => ({letters, text: `${shown(letters)} adapted`})),
    ...(method === 'boft' && prior ? sets.map(freeEntries) : []),
  ])
}

const freeEntries = (letters: string): Candidate => ({
  letters,
  text: `${shown(letters)} adapted, with the b(b − 1)/2 free entries of a block, as earlier work counts`,
  changes: {free: true},
})

/** The setting that the label leaves open and that was filled in, for the reason of a verdict. */
function unprintedSetting({rank, diagonals}: CountedMethod, used: CountedMethod): string {
  if (used.rank !== rank) return `, with r=${used.rank}, which is not printed`
  return used.diagonals !== diagonals ? `, with d=${used.diagonals}, which is not printed` : ''
}

const shown = (letters: string) => `{${[...letters].join(',')}}`
