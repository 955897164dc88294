/** The test set of a column of the paper. */
export interface TestSet {
  /** The column's heading in the paper. */
  readonly title: string
  /** The name of the split in recipes, if it differs from the column's. */
  readonly name?: string
  readonly items: number
  /** The files that the items are counted in. */
  readonly source: string
  /** The metric, if it is not accuracy. */
  readonly metric?: 'matthews' | 'pearson'
  /** Another labelled set of the same data that scores may have been computed on. */
  readonly other?: {readonly items: number; readonly source: string}
}

const GSM8K = {name: 'gsm8k', items: 1319, source: 'openai/gsm8k, main, test'}
const llmAdapters = (folder: string, items: number) => ({items, source: `LLM-Adapters, dataset/${folder}/test.json`})
const glue = (folder: string, items: number) => ({items, source: `nyu-mll/glue, ${folder}, validation`})

/** Test sets by the paper's column names. Items are those of the published test splits, for GLUE of the dev sets (MNLI's matched one). */
export const TEST_SETS: Readonly<Record<string, TestSet>> = {
  gsm8k: {title: 'GSM-8K', items: GSM8K.items, source: GSM8K.source},
  math: {title: 'MATH', items: 5000, source: 'EleutherAI/hendrycks_math, test'},
  step39000: {title: '39K steps', ...GSM8K},
  step143000: {title: '143K steps', ...GSM8K},
  boolq: {title: 'BoolQ', ...llmAdapters('boolq', 3270)},
  piqa: {title: 'PIQA', ...llmAdapters('piqa', 1838)},
  siqa: {title: 'SIQA', name: 'social_i_qa', ...llmAdapters('social_i_qa', 1954)},
  hellaswag: {title: 'HellaSwag', ...llmAdapters('hellaswag', 10_042)},
  winogrande: {title: 'Winogrande', ...llmAdapters('winogrande', 1267)},
  arc_easy: {title: 'ARC-e', name: 'ARC-Easy', ...llmAdapters('ARC-Easy', 2376)},
  arc_challenge: {title: 'ARC-c', name: 'ARC-Challenge', ...llmAdapters('ARC-Challenge', 1172)},
  obqa: {title: 'OBQA', name: 'openbookqa', ...llmAdapters('openbookqa', 500)},
  mnli: {title: 'MNLI', ...glue('mnli', 9815)},
  sst2: {title: 'SST-2', ...glue('sst2', 872)},
  mrpc: {title: 'MRPC', ...glue('mrpc', 408), other: {items: 1725, source: 'nyu-mll/glue, mrpc, test'}},
  cola: {title: 'CoLA', ...glue('cola', 1043), metric: 'matthews'},
  qnli: {title: 'QNLI', ...glue('qnli', 5463)},
  qqp: {title: 'QQP', ...glue('qqp', 40_430)},
  rte: {title: 'RTE', ...glue('rte', 277)},
  stsb: {title: 'STS-B', ...glue('stsb', 1500), metric: 'pearson'},
  cifar100: {title: 'CIFAR100', items: 10_000, source: 'uoft-cs/cifar100, test'},
  flowers102: {title: 'Flowers102', items: 6149, source: 'Donghyun99/Oxford-Flower-102, test'},
  food101: {title: 'Food101', items: 25_250, source: 'ethz/food101, validation'},
  resisc45: {title: 'Resisc45', items: 6300, source: 'timm/resisc45, test'},
}

/** Whether a column has printed accuracies: a test set, and no other metric. */
export const isAccuracy = (column: string): boolean => column in TEST_SETS && TEST_SETS[column].metric === undefined

/** The headings of columns that are computed from others. */
const COMPUTED: Readonly<Record<string, string>> = {average: 'Average', gain: 'Gain', perf: 'Perf.'}

export const columnTitle = (column: string): string => COMPUTED[column] ?? TEST_SETS[column].title
