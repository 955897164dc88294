import type {AdapterPlan} from '../adapters/plan.ts'
import type {Engine, Named, Stored} from '../engine/program.ts'
import type {ModelConfig} from '../models/config.ts'
import type {Model} from '../models/model.ts'
import type {Processor} from '../tasks/processor.ts'
import type {Recipe} from './file/schema.ts'

/** The model and the parameters that a recipe trains, as determined by its model's config.json. */
export interface Blueprint {
  readonly recipe: Recipe
  /** The folder of config.json and the tokenizer. */
  readonly folder: string
  readonly config: ModelConfig
  readonly model: Model
  /** The preprocessing of a model's images. */
  readonly processor?: Processor | undefined
  readonly plan: AdapterPlan
  /** The id of the pad token that the run adds to the model, if it adds one: the last row of its embedding. */
  readonly padToken?: number
  /** The names of the classes, if they were read from the training data. */
  readonly classes?: readonly string[] | undefined
}

/** A model to start from, and the engine that computes. */
export interface OpenedModel extends Blueprint {
  readonly engine: Engine
  /** The checkpoint's tensors; none if the model is drawn at random. */
  readonly tensors: Named<Stored>
  /**
   * Identifies the model's config, weights and tokenizer: a commit of the hub or 16 hex digits, behind
   * `config` where weights are drawn at random. Where the checkpoint is large, hashing it takes a minute.
   */
  readonly modelRevision: () => Promise<string>
  /** Warnings about the checkpoint. */
  readonly warnings: readonly string[]
}
