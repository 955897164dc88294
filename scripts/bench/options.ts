import type {RoundOptions} from './rounds.ts'

/** What a person can ask of all benchmarks. */
export interface BenchOptions extends RoundOptions {
  readonly threads: number
  /** Texts or images in a step, and the length of a text, in place of each model's own. */
  readonly batch?: number | undefined
  readonly tokens?: number | undefined
  /** A Python that has PyTorch, transformers and peft. */
  readonly python?: string | undefined
  /** SmolLM2's checkpoint, in place of random weights. */
  readonly folder?: string | undefined
}
