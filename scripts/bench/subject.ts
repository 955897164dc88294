import type {AdapterPlan} from '../../src/adapters/plan.ts'
import type {Data, Engine, Named, Program, Shape, Stored} from '../../src/engine/program.ts'
import type {Layout} from '../../src/train/layout.ts'

/** A model and one fixed batch to train it on. */
export interface Subject {
  readonly shapes: Named<Shape>
  readonly tensors: Named<Stored>
  /** The linears of its blocks, as an adapter's targets. */
  readonly targets: readonly string[]
  /** The targets of the paper's rows of methods that adapt fewer. */
  readonly fewer: Readonly<Record<'vera' | 'boft', readonly string[]>>
  /** Names of tensors that train whole beside an adapter. */
  readonly whole: readonly string[]
  readonly batch: number
  /** Of one text or image. */
  readonly tokens: number
  /** All that a step reads but `theta`. */
  readonly feeds: Named<Data>
  /** Of one step that trains `plan`'s modules by LoRA of this rank. */
  loraFlops(plan: AdapterPlan, rank: number): number
  /** A forward and backward pass: feeds and `theta` (P) in, `loss` (1) and `grad` (P) out. */
  compile(engine: Engine, training: Training): Promise<Program>
}

export interface Training {
  readonly plan: AdapterPlan
  readonly layout: Layout
  /** The frozen tensors: the model's own and the adapters'. */
  readonly weights: Named<Stored>
  readonly recompute: boolean
}

export interface SubjectOptions {
  /** Texts or images in a step. */
  readonly batch?: number | undefined
  /** Of a text. */
  readonly tokens?: number | undefined
  /** A checkpoint in place of random weights. */
  readonly folder?: string | undefined
}
