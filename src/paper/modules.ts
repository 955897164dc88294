import type {Architecture} from '../models/model.ts'
import type {Profile} from './conflicts.ts'

/** The letter of the linear layer at `path`. If several ends match, like output.dense and attention.output.dense, the longest counts. */
export function letterAt(path: string, linears: Architecture['linears']): string | undefined {
  const matching = Object.entries(linears).filter(([, end]) => path.endsWith(`.${end}`))
  return matching.sort(([, a], [, b]) => b.length - a.length)[0]?.[0]
}

export type ModuleLetters = Readonly<Partial<Record<Profile, string>>>

const both = (letters: string): ModuleLetters => ({paper: letters, 'official-code': letters})

const GEMMA: Readonly<Record<string, ModuleLetters>> = {
  lora: both('QKVUD'),
  dora: both('QKVUD'),
  boft: {paper: 'QV', 'official-code': 'QKVO'},
  vera: both('GU'),
  svft: both('QKVUDOG'),
}

const VISION: ModuleLetters = {paper: 'QKVUD', 'official-code': 'QKVOUD'}

const ADAPTED: Readonly<Record<string, Readonly<Record<string, ModuleLetters>>>> = {
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
 * The letters of the modules that a method adapts: in the paper (captions of tables 4 and 9, appendix C.5), and in the
 * official scripts. Absent if a source does not name them.
 */
export function modulesNamed(modelType: string, {method, pattern}: {method: string; pattern?: string}): ModuleLetters {
  const methods = ADAPTED[modelType] ?? {}
  return methods[`${method} ${pattern}`] ?? methods[method] ?? {}
}
