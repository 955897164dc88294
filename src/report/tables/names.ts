import type {PaperMethod} from '../paper.ts'

const METHODS: Readonly<Record<string, string>> = {
  full: 'Full',
  head: 'Head',
  none: 'Untrained',
  svft: 'SVFT',
  lora: 'LoRA',
  dora: 'DoRA',
  vera: 'VeRA',
  boft: 'BOFT',
}

/** Of a kind of methods as figures know it. */
export const kindName = (kind: string): string => METHODS[kind] ?? 'others'

const methodName = (method: string): string => METHODS[method] ?? method

/** `LoRA r=8`: a row's method and what tells it from its siblings; α, which belongs to the rank, is left out. */
export const labelOf = ({method, settings}: {readonly method: string; readonly settings: string}): string =>
  [methodName(method), ...settings.split(' ').filter(word => word !== '' && !word.startsWith('α='))].join(' ')

/** The same of a row of the paper. */
export function paperLabel({method, pattern, diagonals, rank, b, m, prior}: PaperMethod): string {
  const numbers = Object.entries({b, m, r: rank, d: diagonals}).filter(([, value]) => value !== undefined)
  const words = numbers.map(([letter, value]) => `${letter}=${value}`)
  return [methodName(method), ...(pattern ? [pattern] : []), ...words].join(' ') + (prior ? ' *' : '')
}

const MODELS: Readonly<Record<string, string>> = {
  'gemma-2b': 'Gemma-2B',
  'gemma-7b': 'Gemma-7B',
  'llama-3-8b': 'LLaMA-3-8B',
  'pythia-2.8b': 'Pythia-2.8B',
  'deberta-v3-base': 'DeBERTaV3-base',
  'vit-b16': 'ViT-B',
  'vit-l16': 'ViT-L',
}

const COLUMNS: Readonly<Record<string, string>> = {
  gsm8k: 'GSM-8K',
  math: 'MATH',
  boolq: 'BoolQ',
  piqa: 'PIQA',
  siqa: 'SIQA',
  hellaswag: 'HellaSwag',
  winogrande: 'Winogrande',
  arc_easy: 'ARC-e',
  arc_challenge: 'ARC-c',
  obqa: 'OBQA',
  average: 'Average',
  mnli: 'MNLI',
  sst2: 'SST-2',
  mrpc: 'MRPC',
  cola: 'CoLA',
  qnli: 'QNLI',
  qqp: 'QQP',
  rte: 'RTE',
  stsb: 'STS-B',
  cifar100: 'CIFAR100',
  flowers102: 'Flowers102',
  food101: 'Food101',
  resisc45: 'Resisc45',
  step39000: '39K steps',
  step143000: '143K steps',
  gain: 'Gain',
}

export const modelTitle = (model: string): string => MODELS[model] ?? model

/** How the paper writes a column; other names stay as they are. */
export const columnTitle = (column: string): string => COLUMNS[column] ?? column
