import type {MetricName} from '../../statistics/item-variance.ts'

/** The test set of a column of the paper. */
export interface TestSet {
  /** The column's heading in the paper. */
  readonly title: string
  /** The name of the split in recipes, if it differs from the column's. */
  readonly name?: string
  readonly items: number
  readonly metric?: MetricName
}

/** Test sets by the paper's column names. Items are those of the published test splits, for GLUE of the dev sets (MNLI's matched one). */
export const TEST_SETS: Readonly<Record<string, TestSet>> = {
  gsm8k: {title: 'GSM-8K', items: 1319},
  math: {title: 'MATH', items: 5000},
  step39000: {title: '39K steps', name: 'gsm8k', items: 1319},
  step143000: {title: '143K steps', name: 'gsm8k', items: 1319},
  boolq: {title: 'BoolQ', items: 3270},
  piqa: {title: 'PIQA', items: 1838},
  siqa: {title: 'SIQA', name: 'social_i_qa', items: 1954},
  hellaswag: {title: 'HellaSwag', items: 10_042},
  winogrande: {title: 'Winogrande', items: 1267},
  arc_easy: {title: 'ARC-e', name: 'ARC-Easy', items: 2376},
  arc_challenge: {title: 'ARC-c', name: 'ARC-Challenge', items: 1172},
  obqa: {title: 'OBQA', name: 'openbookqa', items: 500},
  mnli: {title: 'MNLI', items: 9815},
  sst2: {title: 'SST-2', items: 872},
  mrpc: {title: 'MRPC', items: 408},
  cola: {title: 'CoLA', items: 1043, metric: 'matthews'},
  qnli: {title: 'QNLI', items: 5463},
  qqp: {title: 'QQP', items: 40_430},
  rte: {title: 'RTE', items: 277},
  stsb: {title: 'STS-B', items: 1500, metric: 'pearson'},
  cifar100: {title: 'CIFAR100', items: 10_000},
  flowers102: {title: 'Flowers102', items: 6149},
  food101: {title: 'Food101', items: 25_250},
  resisc45: {title: 'Resisc45', items: 6300},
}

/** The headings of columns that are computed from others. */
const COMPUTED: Readonly<Record<string, string>> = {average: 'Average', gain: 'Gain'}

export const columnTitle = (column: string): string => COMPUTED[column] ?? TEST_SETS[column].title
