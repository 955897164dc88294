import type {AdapterSettings} from '../adapters/index.ts'
import type {TrainedTensors} from '../adapters/merge.ts'
import type {ModelConfig} from '../models/config.ts'
import type {Model} from '../models/model.ts'
import type {Processor} from '../tasks/processor.ts'
import type {AnyTask} from '../tasks/task.ts'

/** The model of an adapter as PEFT names it: a repository of the hub and its revision, or a folder. */
export interface BaseModel {
  readonly name: string
  readonly revision?: string
}

/** A model with its trained tensors: a finished run, or an adapter's folder with its base model. */
export interface AdaptedModel extends TrainedTensors {
  /** The folder with config.json and the tokenizer. */
  readonly folder: string
  /** The folder of a tokenizer that takes the place of the model's own. */
  readonly tokenizerFolder?: string | undefined
  readonly base: BaseModel
  readonly config: ModelConfig
  readonly model: Model
  /** How the images of a run were read. */
  readonly processor?: Processor | undefined
  readonly settings: AdapterSettings
  readonly task?: AnyTask
  /** The names of a classifier's classes by index; if absent, those of the original model apply. */
  readonly classes?: readonly string[] | undefined
  /** The id of a pad token that training added to the model. */
  readonly padToken?: number
  /** What was ignored in the original model or the adapter. */
  readonly warnings: readonly string[]
}
