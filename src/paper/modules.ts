import type {Architecture} from '../models/model.ts'
import type {Profile} from './conflicts.ts'
import {PAPER_MODELS, type PaperRow, type PaperVersion} from './rows.ts'

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
 * What the published version names for models that it has no list for (section 4.1): Q, K, V, U, D for LoRA and DoRA, Q, V
 * for BOFT, all for SVFT. For VeRA it says "compatible matrices", which names none.
 */
const PUBLISHED: Readonly<Record<string, ModuleLetters>> = {
  lora: {paper: 'QKVUD'},
  dora: {paper: 'QKVUD'},
  boft: {paper: 'QV'},
  svft: {paper: 'QKVOUD'},
}

/**
 * The letters of the modules that a method adapts: in a version of the paper (captions of tables 4 and 9, appendices C.5
 * and C.7, section 4.1), and in the official scripts. Absent if a source does not name them.
 */
export function modulesNamed(
  modelType: string,
  {method, pattern}: {method: string; pattern?: string},
  {version}: {readonly version: PaperVersion},
): ModuleLetters {
  const methods = ADAPTED[modelType] ?? {}
  const named = methods[`${method} ${pattern}`] ?? methods[method] ?? {}
  return version === 'neurips2024' ? {...PUBLISHED[method], ...named} : named
}

/** The letters of a row's modules: those that its table states, else those that the text of its version names for the method. */
export const statedModules = ({model, method, version, modules}: PaperRow): string | undefined =>
  modules ?? modulesNamed(PAPER_MODELS[model].modelType, method, {version}).paper
