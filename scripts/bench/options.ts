import type {RoundOptions} from './rounds.ts'

/** The options of all benchmarks. */
export interface BenchOptions extends RoundOptions {
  readonly threads: number
  /** Texts or images per step, and text length, instead of each model's defaults. */
  readonly batch?: number | undefined
  readonly tokens?: number | undefined
  /** A Python that has PyTorch, transformers and peft. */
  readonly python?: string | undefined
  /** SmolLM2's checkpoint instead of random weights. */
  readonly folder?: string | undefined
}
