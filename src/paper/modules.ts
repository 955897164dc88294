import type {Architecture} from '../models/model.ts'
import type {Profile} from './conflicts.ts'

/** The letter of the linear layer at `path`. Where several ends match, like output.dense and attention.output.dense, the longest counts. */
export function letterAt(path: string, linears: Architecture['linears']): string | undefined {
  const matching = Object.entries(linears).filter(([, end]) => path.endsWith(`.${end}`))
  return matching.sort(([, a], [, b]) => b.length - a.length)[0]?.[0]
}

type Named = Readonly<Partial<Record<Profile, string>>>

const both = (letters: string): Named => ({paper: letters, 'official-code': letters})

const GEMMA: Readonly<Record<string, Named>> = {
  lora: both('QKVUD'),
  dora: both('QKVUD'),
  boft: {paper: 'QV', 'official-code': 'QKVO'},
  vera: both('GU'),
  svft: both('QKVUDOG'),
}

const VISION: Named = {paper: 'QKVUD', 'official-code': 'QKVOUD'}

const ADAPTED: Readonly<Record<string, Readonly<Record<string, Named>>>> = {
  gemma: GEMMA,
  llama: {...GEMMA, svft: {paper: 'UDOG', 'official-code': 'QKVUDOG'}},
  gpt_neox: {svft: {'official-code': 'QKVOUD'}},
  'deberta-v2': {svft: {paper: 'QKVOUD'}},
  vit: {
    lora: VISION,
    dora: VISION,
    boft: {'official-code': 'QV'},
    vera: both('QV'),
    svft: VISION,
    'svft plain': both('QV'),
  },
}

/**
 * The modules that a method adapts, by letter: as the paper names them (captions of tables 4 and 9, appendix C.5), and as
 * the official scripts do. Absent where a source is silent.
 */
export function modulesNamed(modelType: string, {method, pattern}: {method: string; pattern?: string}): Named {
  const methods = ADAPTED[modelType] ?? {}
  return methods[`${method} ${pattern}`] ?? methods[method] ?? {}
}
