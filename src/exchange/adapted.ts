import type {AdapterSettings} from '../adapters/index.ts'
import type {AdapterPlan} from '../adapters/plan.ts'
import type {Engine, Named, Stored} from '../engine/program.ts'
import type {ModelConfig} from '../models/config.ts'
import type {Model} from '../models/model.ts'

/** A model and what was trained on it: a finished run, or an adapter's folder with the model it belongs to. */
export interface Adapted {
  /** The folder with config.json and the tokenizer. */
  readonly folder: string
  readonly config: ModelConfig
  readonly model: Model
  readonly settings: AdapterSettings
  readonly plan: AdapterPlan
  /** The model's tensors before training, by its names. */
  readonly tensors: Named<Stored>
  /** What adapters keep frozen or share, and every trainable, by the plan's names. */
  readonly trained: Named<Stored>
  readonly engine: Engine
  /** The id of a pad token that training added to the model. */
  readonly padToken?: number
}
