import type {MetricName} from '../../statistics/item-variance.ts'

/** The test set of a column of the paper. */
export interface TestSet {
  /** The name of the split in recipes, where it differs from the column's. */
  readonly name?: string
  readonly items: number
  readonly metric?: MetricName
}

/** Test sets by the paper's column names. Items are those of the published test splits, for GLUE of the dev sets (MNLI's matched one). */
export const TEST_SETS: Readonly<Record<string, TestSet>> = {
  gsm8k: {items: 1319},
  math: {items: 5000},
  step39000: {name: 'gsm8k', items: 1319},
  step143000: {name: 'gsm8k', items: 1319},
  boolq: {items: 3270},
  piqa: {items: 1838},
  siqa: {name: 'social_i_qa', items: 1954},
  hellaswag: {items: 10_042},
  winogrande: {items: 1267},
  arc_easy: {name: 'ARC-Easy', items: 2376},
  arc_challenge: {name: 'ARC-Challenge', items: 1172},
  obqa: {name: 'openbookqa', items: 500},
  mnli: {items: 9815},
  sst2: {items: 872},
  mrpc: {items: 408},
  cola: {items: 1043, metric: 'matthews'},
  qnli: {items: 5463},
  qqp: {items: 40_430},
  rte: {items: 277},
  stsb: {items: 1500, metric: 'pearson'},
  cifar100: {items: 10_000},
  flowers102: {items: 6149},
  food101: {items: 25_250},
  resisc45: {items: 6300},
}
