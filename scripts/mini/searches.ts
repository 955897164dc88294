/** The learning rates to try for a suite's methods. */
export interface Search {
  /** Learning rates by method, the same number for each. */
  readonly rates: Readonly<Record<string, readonly string[]>>
  readonly seeds: readonly number[]
  /** Other overrides of the recipes in a search. */
  readonly sets: readonly string[]
}

const ONCE = {seeds: [42], sets: []} as const

const BANDS = ['5e-3', '1e-2', '2e-2', '5e-2'] as const
const HIGHER = ['1e-2', '2e-2', '5e-2', '1e-1'] as const

export const SEARCHES: Readonly<Record<string, Search>> = {
  gsm8k: {
    ...ONCE,
    rates: {
      'svft-plain': ['2e-2', '5e-2', '1e-1', '2e-1'],
      'svft-banded': BANDS,
      'svft-random': BANDS,
      'svft-topk': BANDS,
      'lora-r1': ['5e-3', '1e-2', '2e-2', '5e-2'],
      'lora-r8': ['2e-3', '5e-3', '1e-2', '2e-2'],
      'dora-r1': ['5e-3', '1e-2', '2e-2', '5e-2'],
      vera: ['2e-2', '5e-2', '1e-1', '2e-1'],
      boft: ['5e-3', '1e-2', '2e-2', '5e-2'],
      full: ['2e-4', '5e-4', '1e-3', '2e-3'],
    },
  },
  commonsense: {
    ...ONCE,
    rates: {
      'svft-plain': ['5e-2', '1e-1', '2e-1', '5e-1'],
      'svft-banded': HIGHER,
      'svft-random': HIGHER,
      'svft-topk': HIGHER,
      'lora-r1': ['5e-3', '1e-2', '2e-2', '5e-2'],
      'lora-r8': ['2e-3', '5e-3', '1e-2', '2e-2'],
      'dora-r1': ['5e-3', '1e-2', '2e-2', '5e-2'],
      vera: ['5e-2', '1e-1', '2e-1', '5e-1'],
      boft: ['5e-3', '1e-2', '2e-2', '5e-2'],
      full: ['1e-3', '2e-3', '4e-3', '8e-3'],
    },
  },
  glue: {
    ...ONCE,
    rates: {
      'svft-plain': ['1e-2', '2e-2', '5e-2'],
      'svft-banded': ['2e-3', '5e-3', '1e-2'],
      'svft-random': ['2e-3', '5e-3', '1e-2'],
      'svft-topk': ['2e-3', '5e-3', '1e-2'],
      'lora-r1': ['2e-3', '5e-3', '1e-2'],
      'lora-r8': ['1e-3', '2e-3', '5e-3'],
      'dora-r1': ['2e-3', '5e-3', '1e-2'],
      vera: ['1e-2', '3e-2', '1e-1'],
      boft: ['2e-3', '5e-3', '1e-2'],
      full: ['1e-4', '3e-4', '6e-4'],
    },
  },
  /** Two images per class are too few to compare rates: here 30 are held out, in two draws. */
  vision: {
    seeds: [1, 2],
    sets: ['data.perClass.validation=30'],
    rates: {
      'svft-plain': ['5e-2', '1e-1', '2e-1'],
      'svft-banded': ['1e-2', '2e-2', '5e-2'],
      'svft-random': ['1e-2', '2e-2', '5e-2'],
      'svft-topk': ['1e-2', '2e-2', '5e-2'],
      'lora-r1': ['4e-3', '1e-2', '2e-2'],
      'lora-r8': ['2e-3', '4e-3', '1e-2'],
      'dora-r1': ['4e-3', '1e-2', '2e-2'],
      vera: ['4e-2', '1e-1', '2e-1'],
      boft: ['5e-3', '1e-2', '2e-2'],
      full: ['5e-4', '1e-3', '2e-3'],
    },
  },
}
