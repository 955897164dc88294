import type {AdapterPlan} from '../../src/adapters/plan.ts'
import type {Data, Engine, Named, Program, Shape, Stored} from '../../src/engine/program.ts'
import type {Layout} from '../../src/train/layout.ts'

/** A model and one fixed batch to train it on. */
export interface Subject {
  readonly shapes: Named<Shape>
  readonly tensors: Named<Stored>
  /** The linear layers of its blocks, as an adapter's targets. */
  readonly targets: readonly string[]
  /** The targets of methods that adapt fewer layers in the paper. */
  readonly fewer: Readonly<Record<'vera' | 'boft', readonly string[]>>
  /** Names of tensors that train completely beside an adapter. */
  readonly whole: readonly string[]
  readonly batch: number
  /** Tokens of one text or image. */
  readonly tokens: number
  /** The inputs of a step except `theta`. */
  readonly feeds: Named<Data>
  /** FLOPs of one step that trains `plan`'s modules with LoRA of this rank. */
  loraFlops(plan: AdapterPlan, rank: number): number
  /** A forward and backward pass: feeds and `theta` (P) in, `loss` (1) and `grad` (P) out. */
  compile(engine: Engine, training: Training): Promise<Program>
}

export interface Training {
  readonly plan: AdapterPlan
  readonly layout: Layout
  /** The frozen tensors of the model and the adapters. */
  readonly weights: Named<Stored>
  readonly recompute: boolean
}

export interface SubjectOptions {
  /** Texts or images per step. */
  readonly batch?: number | undefined
  /** Of a text. */
  readonly tokens?: number | undefined
  /** A checkpoint instead of random weights. */
  readonly folder?: string | undefined
}
