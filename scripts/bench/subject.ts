import type {Data, Named, Stored} from '../../src/engine/program.ts'
import type {Model} from '../../src/models/model.ts'

/** A model and one fixed batch to train it on. */
export interface Subject {
  readonly model: Model
  readonly tensors: Named<Stored>
  /** The linear layers of its blocks, as an adapter's targets. */
  readonly targets: readonly string[]
  /** The targets of methods that adapt fewer layers in the paper. */
  readonly fewer: Readonly<Record<'vera' | 'boft', readonly string[]>>
  /** The tensors that train whole, besides the adapters. */
  readonly whole: readonly string[]
  readonly batch: number
  /** The tokens of one text or image. */
  readonly tokens: number
  /** The inputs of a step except `theta`. */
  readonly feeds: Named<Data>
}

export interface SubjectOptions {
  /** Texts or images per step. */
  readonly batch?: number | undefined
  /** The tokens of a text. */
  readonly tokens?: number | undefined
  /** A checkpoint instead of random weights. */
  readonly folder?: string | undefined
}
